#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/yaml.h"

// What the reading of YAML texts has in common (yaml*.cc only).
namespace emulator::yaml {

// Ends the parsing, thrown through the library's frames. Never leaves `load` and its like.
struct Stop {
  Problem problem;
};

std::string in_quotes(std::string_view text);
// With a comma behind each thousand.
std::string counted(std::size_t number);

// Throws Stop where the library would misread the text in silence, or take too much memory for it.
void check_characters(std::string_view text, const Limits& limits);
// The text of a JSON file as YAML has it; nullopt where it may stay as it is.
std::optional<std::string> with_joined_surrogates(std::string_view text);

}  // namespace emulator::yaml
