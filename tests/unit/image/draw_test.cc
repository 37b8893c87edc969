#include "emulator/image/draw.h"

#include <doctest.h>

#include <algorithm>
#include <vector>

#include "emulator/image/palette.h"

namespace emulator::image {
namespace {

struct Disc {
  int x;
  int y;
  int radius;
  Paint paint;
};

// Grey from dark to light by number, so that colours differ as their numbers do.
Cells canvas(int side) {
  Cells cells(side, side);
  for (std::size_t i = 0; i < cells.palette.size(); ++i) {
    const auto grey = static_cast<std::uint8_t>(i);
    cells.palette[i] = {grey, grey, grey};
  }
  std::fill(cells.values.begin(), cells.values.end(), std::uint16_t{10});
  return cells;
}

// What the pixel would be if every pixel had a colour of its own.
Index exact(const std::vector<Disc>& discs, int x, int y) {
  int colour = 10;
  for (const Disc& disc : discs) {
    const int dx = x >= disc.x ? x + 1 - disc.x : disc.x - x;  // to the pixel's far edge
    const int dy = y - disc.y;
    if (dx * dx + dy * dy > disc.radius * disc.radius) continue;
    colour = disc.paint.sheets == 0 ? disc.paint.solid
                                    : std::min(colour + disc.paint.sheets * kSkyCount, 10 + 144);
  }
  return static_cast<Index>(colour);
}

// Pixels of another colour than the exact one.
int wrong_pixels(const std::vector<Disc>& discs, int side) {
  Cells cells = canvas(side);
  for (const Disc& disc : discs) fill_disc(cells, disc.x, disc.y, disc.radius, disc.paint);
  int wrong = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x)
      wrong += colour_at(cells, x, y) == cells.palette[exact(discs, x, y)] ? 0 : 1;
  }
  return wrong;
}

TEST_CASE("a disc is exact to the pixel") {
  CHECK(wrong_pixels({{100, 90, 60, {1, 0}}}, 256) == 0);
  CHECK(wrong_pixels({{100, 90, 60, {0, 200}}}, 256) == 0);
}

// A cell has two colours. Where edges cross, the third and fourth are given up; as pixels, that is
// less than one such cell for each crossing, and no cell loses an edge that passes through it.
TEST_CASE("discs that overlap lose little where their edges cross") {
  CHECK(wrong_pixels({{100, 90, 60, {1, 0}}, {150, 110, 60, {1, 0}}}, 256) < 2 * 64);
  CHECK(wrong_pixels({{100, 90, 60, {1, 0}}, {150, 110, 60, {0, 200}}}, 256) < 2 * 64);
  // Edges that run side by side for a long way.
  CHECK(wrong_pixels({{128, 128, 100, {1, 0}}, {131, 128, 100, {1, 0}}}, 256) < 700);
}

TEST_CASE("a shape that covers a cell leaves nothing of what was there") {
  Cells cells = canvas(64);
  fill_disc(cells, 20, 20, 10, {0, 100});
  lay(cells, 1, 1, ~std::uint64_t{0}, 50);
  CHECK(cells.values[cells.at(1, 1)] == 50);
}

TEST_CASE("of three colours in a cell, the two that look least wrong stay") {
  Cells cells = canvas(8);
  constexpr std::uint64_t kLeft = 0x0F0F0F0F0F0F0F0FU;
  lay(cells, 0, 0, kLeft, 12);                 // half of it is nearly what was there
  lay(cells, 0, 0, 0x00000000000000FFU, 200);  // a line across both
  for (int x = 0; x < 8; ++x) CHECK(colour_at(cells, x, 0).r == 200);
  for (int x = 0; x < 8; ++x) CHECK(colour_at(cells, x, 5).r <= 12);
  Cells other = canvas(8);
  lay(other, 0, 0, kLeft, 200);                // half of it is another thing
  lay(other, 0, 0, 0x00000000000000FFU, 198);  // a line across both, of nearly that
  for (int x = 0; x < 4; ++x) CHECK(colour_at(other, x, 5).r == 200);
  for (int x = 4; x < 8; ++x) CHECK(colour_at(other, x, 5).r == 10);
  for (int x = 4; x < 8; ++x) CHECK(colour_at(other, x, 0).r == 200);
}

}  // namespace
}  // namespace emulator::image
