#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace emulator {

// `unknown command "chek"; did you mean "check"?`, and the same of an option, for the first word of
// a command line that is neither; "" when every word is known.
std::string misspelt(const CLI::App& app, int argc, const char* const* argv);

}  // namespace emulator
