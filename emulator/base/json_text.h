#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

// JSON text in and out, as the providers' Python does it.
namespace emulator {

// What Python's json.loads says about a bad text, and where, in characters (not bytes) from 0.
struct JsonProblem {
  std::string text;  // "Expecting value", "Extra data", ...
  std::size_t position = 0;
  bool ours = false;  // refused for our own limit (depth), which Python does not have
};

struct JsonLimits {
  std::size_t depth = 1000;  // about where CPython gives up; safe to copy and to print
};

// Decodes as json.loads does: NaN and Infinity are accepted, the last of equal keys wins (in the
// place of the first), numbers too large for a double become infinite, whole numbers outside 64
// bits keep their digits (big_integer) up to the 4300 that Python reads, lone surrogates stay as
// three bytes each (WTF-8). Bytes that are not UTF-8 are read as U+FFFD.
Result<Json, JsonProblem> decode_json(std::string_view text, const JsonLimits& limits = {});

// Compact (`,` `:`), UTF-8 not escaped, floats as Python prints them (74.0, 1e+22). Non-finite
// numbers print as NaN and Infinity. Lone surrogates become U+FFFD.
std::string compact_json(const Json& value);

// As Python's json.dumps(value, sort_keys=True): `, ` and `: `, keys sorted at every level,
// everything outside ASCII as \uXXXX.
std::string sorted_python_json(const Json& value);

// True when a number anywhere in `value` is NaN or infinite.
bool has_non_finite(const Json& value);

}  // namespace emulator
