#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "emulator/image/cells.h"

// Lines of pixels as runs, for the formats that compress repeats. A row of cells is read once into
// spans; its eight lines follow from them, and where it has no details they are all equal.

namespace emulator::image {

// Neighbouring cells of one value, cropped to the picture's width.
struct Span {
  Detail detail;  // of one cell only, unless its mask is empty
  int pixels = 0;
};

struct Band {
  std::vector<Span> spans;
  bool flat = true;  // no detail anywhere
};

inline void read_band(const Cells& cells, int row, Band& band) {
  band.spans.clear();
  band.flat = true;
  const std::uint16_t* const values = cells.row_of(row);
  for (int column = 0; column < cells.columns;) {
    const std::uint16_t value = values[column];
    int end = column + 1;
    if (is_flat(value)) {
      while (end < cells.columns && values[end] == value) ++end;
    } else {
      band.flat = false;
    }
    const int right = std::min(end * kCell, cells.width);
    band.spans.push_back({detail_of(cells, value), right - column * kCell});
    column = end;
  }
}

// Calls `run(first, length, bit)` for each stretch of equal bits among the lowest `count`.
template <typename Run>
void split_bits(unsigned bits, int count, Run run) {
  for (int at = 0; at < count;) {
    const unsigned rest = bits >> at;
    const bool bit = (rest & 1U) != 0;
    const int equal = bit ? std::countr_one(rest) : std::countr_zero(rest);
    const int length = std::min(equal, count - at);
    run(at, length, bit);
    at += length;
  }
}

inline unsigned mask_line(std::uint64_t mask, int line) {
  return static_cast<unsigned>(mask >> (line * kCell) & 0xFFU);
}

}  // namespace emulator::image
