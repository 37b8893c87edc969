#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/image/picture.h"

// A picture is drawn as cells of 8 x 8 pixels, because every format can write such a cell without
// making its pixels: one coefficient in JPEG, a repeat in PNG and WebP. Most cells have one colour;
// where an edge or a letter passes, a cell has two and says which pixel has which.

namespace emulator::image {

inline constexpr int kCell = 8;  // pixels a side

struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  bool operator==(const Rgb&) const = default;
};

using Palette = std::array<Rgb, 256>;
using Index = std::uint8_t;  // into the palette

// A cell of two colours.
struct Detail {
  std::uint64_t mask = 0;  // bit `y * 8 + x`: that pixel is `front`
  Index front = 0;
  Index back = 0;
};

struct Cells {
  int width = 0;  // in pixels; the last column and row may stick out and are cropped
  int height = 0;
  int columns = 0;
  int rows = 0;
  std::vector<std::uint16_t> values;  // row by row; below 256 an Index, else 256 + a detail
  std::vector<Detail> details;
  Palette palette{};

  Cells(int width_in_pixels, int height_in_pixels);

  std::size_t at(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
  const std::uint16_t* row_of(int row) const { return values.data() + at(0, row); }
};

inline bool is_flat(std::uint16_t value) { return value < 256; }

// The two colours of any cell; a flat one has an empty mask.
inline Detail detail_of(const Cells& cells, std::uint16_t value) {
  if (!is_flat(value)) return cells.details[value - 256U];
  return {0, static_cast<Index>(value), static_cast<Index>(value)};
}

// The colour of one pixel: what a decoder of the file has to find.
Rgb colour_at(const Cells& cells, int x, int y);

// The picture with its caption, or all black. `picture` must be within the limits.
Cells compose(const Picture& picture);

}  // namespace emulator::image
