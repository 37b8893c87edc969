#include "emulator/control/tally.h"

#include <algorithm>

namespace emulator::control {

void Tally::told(const Exchange& exchange) {
  ++requests_[{exchange.provider, to_string(exchange.on), exchange.status}];
  if (!exchange.wire.empty()) ++faults_[exchange.wire];
  if (!exchange.refusal.empty()) ++refusals_[exchange.refusal];
  const double seconds = std::chrono::duration<double>(exchange.took).count();
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  if (bound != kBounds.end()) ++durations_.below[static_cast<std::size_t>(bound - kBounds.begin())];
  ++durations_.count;
  durations_.sum += seconds;
}

}  // namespace emulator::control
