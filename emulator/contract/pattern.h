#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace emulator::contract {

// A regular expression in RE2 syntax, ready to match: time is linear in the text, whatever it says.
struct Pattern;

// The failure is the library's reason.
Result<std::shared_ptr<const Pattern>, std::string> compile(const std::string& pattern);

// Whether `pattern` matches anywhere in `text`.
bool matches(const Pattern& pattern, std::string_view text);

// Whether `pattern` matches `text` from end to end.
bool matches_whole(const Pattern& pattern, std::string_view text);

}  // namespace emulator::contract
