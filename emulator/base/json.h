#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

namespace emulator {

// JSON whose objects keep the order of their keys: providers' replies are compared byte for byte.
// Instantiated once, in json.cc: including this costs far less than compiling it anew everywhere.
using Json = nlohmann::ordered_json;

// An empty object with room for so many members. One that grows copies all it holds, since keys
// are constant and so nothing of a member can be moved.
Json object_with_room(std::size_t members);

}  // namespace emulator

extern template class nlohmann::basic_json<nlohmann::ordered_map>;
