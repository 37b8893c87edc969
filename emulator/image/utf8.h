#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace emulator::image {

// Stands for every byte that is not UTF-8.
inline constexpr char32_t kReplacement = 0xFFFD;

// The code point at `at`, which must be inside `text`; moves `at` past it. Strict: overlong forms,
// surrogates and cut sequences give kReplacement and move by one byte.
char32_t next_code_point(std::string_view text, std::size_t& at);

void append_utf8(std::string& out, char32_t code);

}  // namespace emulator::image
