#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace emulator {

// The licences of what is linked in; ends with a line break.
std::string_view third_party_notices();

// What can be made of the tables of commands and flags: nothing here is written by hand, so nothing
// can be forgotten.

// The completions of a shell: bash, zsh or fish. None for another.
std::optional<std::string> completions(const CLI::App& app, const std::string& shell);

// The man page, in the macros of man(7).
std::string man_page(const CLI::App& app, const std::string& version);

}  // namespace emulator
