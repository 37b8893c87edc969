#include "emulator/image/cells.h"

#include "emulator/image/caption.h"
#include "emulator/image/palette.h"
#include "emulator/image/scene.h"

namespace emulator::image {
namespace {

constexpr int cells_for(int pixels) { return (pixels + kCell - 1) / kCell; }

}  // namespace

Cells::Cells(int width_in_pixels, int height_in_pixels)
    : width(width_in_pixels),
      height(height_in_pixels),
      columns(cells_for(width_in_pixels)),
      rows(cells_for(height_in_pixels)),
      values(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), kBlack) {}

Rgb colour_at(const Cells& cells, int x, int y) {
  const Detail detail = detail_of(cells, cells.values[cells.at(x / kCell, y / kCell)]);
  const int bit = y % kCell * kCell + x % kCell;
  return cells.palette[(detail.mask >> bit & 1U) != 0 ? detail.front : detail.back];
}

Cells compose(const Picture& picture) {
  Cells cells(picture.width, picture.height);
  if (picture.black) return cells;  // the palette is black as well
  draw_scene(cells, picture);
  if (picture.caption) draw_caption(cells, picture);
  return cells;
}

}  // namespace emulator::image
