#pragma once

#include <string_view>

#include "emulator/contract/validate.h"
#include "emulator/pipeline/refusal.h"

namespace emulator::wavespeed {

// A refusal worded by the entry `error` of the contract about one field.
Refusal about_field(std::string_view error, std::string_view field, Json args = Json::object());

// The same for the first thing that is wrong with a body.
Refusal about(const contract::Violation& violation);

// A value as messages show it: string "abc", number 25, boolean true, null, array, object.
std::string shown_value(const Json& value);

}  // namespace emulator::wavespeed
