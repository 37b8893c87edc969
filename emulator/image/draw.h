#pragma once

#include <vector>

#include "emulator/image/cells.h"

// Shapes on cells. Their edges are exact to the pixel: a cell they pass through gets two colours.
// All distances are in pixels.

namespace emulator::image {

// How a shape changes what lies under it.
struct Paint {
  int sheets = 0;  // so many sheets lighter, where there is sky; else:
  Index solid = 0;
};

// Colours of a shape that goes from light at its edge to dark below it.
struct Shade {
  Index first = 0;
  int count = 1;
  int shift = 0;  // 2^shift rows of cells for each colour
};

// Lays the pixels of `mask` in one colour over a cell. Where a cell has two colours already, it
// keeps the two that look least wrong.
void lay(Cells& cells, int column, int row, std::uint64_t mask, Index front);

// Fills everything below a line. `line` has a height for each border between columns, so one more
// than there are columns; between borders it is straight.
void fill_below(Cells& cells, const std::vector<int>& line, Shade shade);

void fill_disc(Cells& cells, int centre_x, int centre_y, int radius, Paint paint);

// A plate with round corners; its borders are cell borders, `radius` is at most half a side.
struct Box {
  int column = 0;
  int row = 0;
  int columns = 0;
  int rows = 0;
};
void fill_plate(Cells& cells, Box box, int radius, Index colour);

}  // namespace emulator::image
