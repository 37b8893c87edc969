#pragma once

#include <cstdint>

namespace emulator::image {

// A letter is 5 dots wide in a box of 11 rows: two for accents above capitals, seven from the top
// of a capital to the base line, two below it. One more column and row keep letters apart.
inline constexpr int kGlyphColumns = 5;
inline constexpr int kGlyphRows = 11;
inline constexpr int kGlyphPitch = 6;
inline constexpr int kLinePitch = 12;

// The dots of a letter: bit `row * 5 + column`. Knows ASCII, nearly all of Latin-1 and common
// punctuation; anything else is an empty box, so that a reader sees that something stands there.
std::uint64_t glyph(char32_t code);

// Whether `glyph` draws the letter itself, not the box.
bool has_glyph(char32_t code);

}  // namespace emulator::image
