#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/app/client_report.h"

namespace emulator {

// One entry of a scenario's `expect`, and how often it came true.
struct Judged {
  std::string scenario;  // its name
  std::string file;      // where the entry is written
  int line = 0;
  std::string when;  // as it was written, on one line
  std::uint64_t at_least = 0;
  std::uint64_t at_most = UINT64_MAX;
  std::uint64_t count = 0;

  bool met() const { return count >= at_least && count <= at_most; }
};

// "3", "at least 1", "at most 2", "1 to 4".
std::string wanted(const Judged& expected);

// A line for each, those unmet marked, under a line that sums up. "" when there are none.
std::string verdict_table(const std::vector<Judged>& list);

// The verdict as JUnit XML, with a test case for the command itself. `seconds` is how long it ran.
struct CommandResult {
  std::string line;  // as it was typed
  int code = 0;
  double seconds = 0;
};
std::string verdict_xml(const std::vector<Judged>& list, const CommandResult& command,
                        const FindingCases& findings = {});

}  // namespace emulator
