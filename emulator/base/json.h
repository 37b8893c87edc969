#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "emulator/base/json_members.h"

namespace emulator {

// JSON whose objects keep the order of their keys: providers' replies are compared byte for byte.
// Instantiated once, in json.cc: including this costs far less than compiling it anew everywhere.
using Json = nlohmann::basic_json<JsonMembers>;

// An empty object with room for so many members, which it need not look for as it grows.
Json object_with_room(std::size_t members);

// A whole number that 64 bits do not hold, kept by its digits (a sign in front where it is
// negative), so that it goes out as it came in. Json has no such type: `is_number()` is false for
// it, and whoever computes with numbers asks the two functions below as well.
Json big_integer(std::string_view digits);
bool is_big_integer(const Json& value);
// The digits of one; the value must be one.
std::string digits_of(const Json& value);

// A number of any size as the nearest double, infinite when beyond; the value must be a number.
double amount_of(const Json& value);

}  // namespace emulator

extern template class nlohmann::basic_json<emulator::JsonMembers>;
