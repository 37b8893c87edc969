#pragma once

#include <string>
#include <vector>

#include "emulator/compare/replay.h"
#include "emulator/compare/secrets.h"

namespace emulator::compare {

// A scenario in which the emulator does what was recorded: how long tasks took, how they ended,
// which requests were refused, in their order. `name` is the scenario's.
std::string scenario_of(const std::string& name, const std::vector<Outcome>& outcomes,
                        const Secrets& secrets);

}  // namespace emulator::compare
