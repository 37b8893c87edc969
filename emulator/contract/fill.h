#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "emulator/base/json.h"

// Texts of a contract, and the `{name}`s in them.
namespace emulator::contract {

using Texts = std::map<std::string, std::string, std::less<>>;

// The text of that name; `otherwise` where there is none.
std::string_view text_named(const Texts& texts, std::string_view name, std::string_view otherwise);

// `text` with every `{name}` that `args` knows replaced; others stay as they are. What is filled in
// may hold braces of its own.
std::string filled(std::string_view text, const Json& args);

// `value` with every text in it filled so. A text that is nothing but one `{name}` becomes the
// argument itself, so that numbers stay numbers.
Json filled_value(const Json& value, const Json& args);

}  // namespace emulator::contract
