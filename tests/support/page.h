#pragma once

#include <string>
#include <vector>

#include "emulator/base/json.h"

// Pages of Markdown whose examples are run and compared.
namespace emulator::test {

// What stands between two fences.
struct Block {
  std::string heading;   // the nearest one above
  int line = 0;          // of its first fence
  std::string language;  // "sh", "json", "text", "yaml", "yaml then", ""
  std::string text;
};

std::vector<Block> blocks_of(const std::string& page);

// Members that are not shown may be there; everything shown must be. "..." at the end of a text
// stands for more of it. A doctest check fails where they differ.
void compare(const Json& shown, const Json& got, const std::string& at = "$");

// A line of dots stands for any number of lines; empty ones do not count.
void compare(const std::string& shown, const std::string& got);

}  // namespace emulator::test
