#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "emulator/sandbox/journal.h"

namespace emulator::control {

// Counts what was answered, for the metrics. The labels are words of ours and status codes, so that
// it cannot grow without bound. Loop thread only.
class Tally {
 public:
  static constexpr std::array<double, 9> kBounds = {0.0001, 0.0005, 0.001, 0.005, 0.01,
                                                    0.05,   0.1,    1,     10};  // seconds
  struct Durations {
    std::array<std::uint64_t, kBounds.size()> below{};  // not cumulative
    std::uint64_t count = 0;
    double sum = 0;
  };

  void told(const Exchange& exchange);

  // By provider, kind of request, status.
  const std::map<std::tuple<std::string, std::string_view, unsigned>, std::uint64_t>& requests()
      const {
    return requests_;
  }
  const std::map<std::string, std::uint64_t>& faults() const { return faults_; }
  const std::map<std::string, std::uint64_t>& refusals() const { return refusals_; }
  const Durations& durations() const { return durations_; }

 private:
  std::map<std::tuple<std::string, std::string_view, unsigned>, std::uint64_t> requests_;
  std::map<std::string, std::uint64_t> faults_, refusals_;
  Durations durations_;
};

}  // namespace emulator::control
