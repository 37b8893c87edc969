#pragma once

#include <nlohmann/json.hpp>

namespace emulator {

// JSON whose objects keep the order of their keys: providers' replies are compared byte for byte.
// Instantiated once, in json.cc: including this costs far less than compiling it anew everywhere.
using Json = nlohmann::ordered_json;

}  // namespace emulator

extern template class nlohmann::basic_json<nlohmann::ordered_map>;
