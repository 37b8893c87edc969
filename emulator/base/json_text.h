#pragma once

#include <cstddef>
#include <cstdint>
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
  bool ours = false;  // refused for a limit of ours (JsonLimits), which Python does not have
};

// How much a text may hold. What a stranger chose is decoded with limits on its values too: they
// cost far more time and memory than their bytes, and whoever answers copies them several times.
struct JsonLimits {
  std::size_t depth = 1000;        // about where CPython gives up; safe to copy and to print
  std::size_t values = SIZE_MAX;   // of every kind, containers included, at all depths together
  std::size_t members = SIZE_MAX;  // of one object, repeated keys counted each time
};

// For what strangers send, unless a flag says otherwise: far more than any provider's body holds,
// and decoded, copied and let go of in milliseconds.
inline constexpr JsonLimits kStrangersJson{1000, 50'000, 10'000};

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
