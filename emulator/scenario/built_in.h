#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// As `load`, of a text that is built in: `packed` is what yaml::packed made of it while building,
// so that nothing is parsed.
Result<Loaded, std::vector<yaml::Problem>> load_packed(std::string file, std::string text,
                                                       std::string_view packed,
                                                       const Vocabulary& vocabulary);

}  // namespace emulator::scenario
