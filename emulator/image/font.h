#pragma once

#include <array>
#include <cstdint>

namespace emulator::image {

inline constexpr int kGlyphRows = 16;
inline constexpr int kPlaceColumns = 8;

// A letter as a bitmap: 16 rows, the leftmost column the highest bit. Capitals stand on row 13.
struct Glyph {
  std::array<std::uint16_t, kGlyphRows> rows{};
  std::uint8_t places = 1;  // of eight columns: 1, or 2 for wide letters; of a mark, how wide it is
  bool mark = false;        // is drawn onto the letter before it, and the pen stays
  // Of a mark: columns that it begins to the left of the pen; 0: where the letter before it begins.
  std::uint8_t back = 0;
};

// The letters of GNU Unifont, planes 0 and 1 of Unicode; anything else is an empty box, so that a
// reader sees that something stands there. The reference stays good. Any thread. Letters are
// unpacked in blocks when they are first asked for, and kept: 5 MB once all were.
const Glyph& glyph(char32_t code);

// Whether `glyph` draws the letter itself, not the box.
bool has_glyph(char32_t code);

}  // namespace emulator::image
