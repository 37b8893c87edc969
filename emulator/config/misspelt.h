#pragma once

#include <string>
#include <vector>

namespace emulator {

// A command of ours as it may be written: its name, and its options with their dashes.
struct KnownCommand {
  std::string name;
  std::vector<std::string> options;
};

// Which word of a command line no command or option has, and the nearest that there is; "" when all
// of them are known. The program's own name is argv[0].
std::string misspelt(const std::vector<KnownCommand>& known, int argc, const char* const* argv);

}  // namespace emulator
