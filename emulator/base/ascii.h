#pragma once

namespace emulator {

// Letters and digits of ASCII alone: what protocols and file formats mean by them, whatever the
// locale of the process says.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The small letter for a capital one; every other byte as it is.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace emulator
