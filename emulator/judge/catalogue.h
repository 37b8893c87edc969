#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "emulator/task/finding_words.h"

// What clients can be found to do, and what it costs them with the real provider.
namespace emulator::judge {

// From the least to the worst.
enum class Severity : std::uint8_t { kNote, kWarning, kError };
std::string_view to_string(Severity severity);

struct Entry {
  FindingCode code;
  Severity severity;
  std::string_view seen;    // when it is seen
  std::string_view why;     // what real providers do about it, unless the contract says more
  std::string_view remedy;  // what to change in the client
};

// In the order of FindingCode.
std::span<const Entry> catalogue();
const Entry& entry(FindingCode code);

}  // namespace emulator::judge
