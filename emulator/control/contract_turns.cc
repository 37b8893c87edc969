#include "emulator/control/contract_turns.h"

#include <cstdint>
#include <utility>

#include "emulator/pipeline/registry.h"

namespace emulator::control {
namespace {

void read_from(const Parts& parts, std::uint16_t next, std::function<void()> then) {
  if (next == parts.registry.size()) return then();
  parts.registry.contract(next);
  auto go_on = [&parts, next, then = std::move(then)] {
    read_from(parts, static_cast<std::uint16_t>(next + 1), then);
  };
  parts.loop.offload([] {}, std::move(go_on));
}

}  // namespace

void with_contracts(const Parts& parts, std::function<void()> then) {
  read_from(parts, 0, std::move(then));
}

}  // namespace emulator::control
