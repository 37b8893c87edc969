#include "emulator/image/draw.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "emulator/image/palette.h"

namespace emulator::image {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint64_t kFirstColumn = 0x0101010101010101U;
constexpr std::size_t kMostDetails = 65536 - 256;

Index repaint(Index under, Paint paint) {
  if (paint.sheets == 0) return paint.solid;
  if (under >= kLand) return under;
  const int sheet = std::min(under / kSkyCount + paint.sheets, kSheets - 1);
  return static_cast<Index>(under % kSkyCount + sheet * kSkyCount);
}

// Pixels of one cell that shall have this colour.
struct Region {
  std::uint64_t mask = 0;
  Index colour = 0;
};

// How different two colours look, about.
int distance(Rgb a, Rgb b) {
  return 2 * std::abs(a.r - b.r) + 4 * std::abs(a.g - b.g) + std::abs(a.b - b.b);
}

// Where edges cross or run close to each other, a cell ought to have three or four colours. Of
// those it gets the two with which the fewest pixels look wrong, and each of the others the nearer
// one; so every edge goes on through the cell as far as two colours can show it. Of equally good
// pairs the first.
template <std::size_t N>
Detail nearest_detail(const Palette& palette, const std::array<Region, N>& regions) {
  Detail best;
  int least = -1;
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = i + 1; j < N; ++j) {
      const Detail pair{regions[j].mask, regions[j].colour, regions[i].colour};
      Detail tried = pair;
      int wrong = 0;
      for (std::size_t k = 0; k < N; ++k) {
        if (k == i || k == j) continue;
        const int to_back = distance(palette[regions[k].colour], palette[pair.back]);
        const int to_front = distance(palette[regions[k].colour], palette[pair.front]);
        if (to_front < to_back) tried.mask |= regions[k].mask;
        wrong += std::popcount(regions[k].mask) * std::min(to_front, to_back);
      }
      if (least >= 0 && wrong >= least) continue;
      least = wrong;
      best = tried;
    }
  }
  return best;
}

// Half the width of a disc, so many lines from its middle. Asked line by line, it only has to step
// from the last answer.
class HalfWidth {
 public:
  explicit HalfWidth(int radius) : square_(std::int64_t{radius} * radius) {}
  int at(std::int64_t away) {
    const std::int64_t rest = square_ - away * away;
    while (half_ > 0 && half_ * half_ > rest) --half_;
    while ((half_ + 1) * (half_ + 1) <= rest) ++half_;
    return static_cast<int>(half_);
  }

 private:
  std::int64_t square_;
  std::int64_t half_ = 0;
};

// The pixels of one cell that lie below a line from `left` to `right` (heights from the cell's
// top).
std::uint64_t mask_below(int left, int right) {
  std::uint64_t mask = 0;
  for (int x = 0; x < kCell; ++x) {
    const int height = (left * (2 * kCell - 2 * x - 1) + right * (2 * x + 1)) / (2 * kCell);
    if (height >= kCell) continue;
    mask |= (kFirstColumn << x) << (std::max(height, 0) * kCell);
  }
  return mask;
}

int ceil_cell(int pixels) { return (pixels + kCell - 1) / kCell; }

void shade_rows(Cells& cells, const std::vector<int>& full, Shade shade) {
  const int first = *std::min_element(full.begin(), full.end());
  for (int row = std::max(first, 0); row < cells.rows; ++row) {
    std::uint16_t* const values = cells.values.data() + cells.at(0, row);
    for (int column = 0; column < cells.columns; ++column) {
      const int depth = row - full[static_cast<std::size_t>(column)];
      const int colour = shade.first + std::min(depth >> shade.shift, shade.count - 1);
      values[column] = depth >= 0 ? static_cast<std::uint16_t>(colour) : values[column];
    }
  }
}

// Left and right end of a disc on each of the eight lines of a row of cells; empty when equal.
struct Chords {
  int left[kCell];
  int right[kCell];
};

std::uint64_t mask_between(const Chords& chords, int x0) {
  std::uint64_t mask = 0;
  for (int y = 0; y < kCell; ++y) {
    const int left = std::clamp(chords.left[y] - x0, 0, kCell);
    const int right = std::clamp(chords.right[y] - x0, 0, kCell);
    if (left >= right) continue;
    const std::uint64_t bits = (0xFFU << left) & (0xFFU >> (kCell - right));
    mask |= bits << (y * kCell);
  }
  return mask;
}

// The columns that a row of a shape touches, and those that it covers whole.
struct Reach {
  int begin = 0;
  int end = 0;
  int whole_begin = 0;
  int whole_end = 0;  // not before whole_begin
};

Reach reach_of(const Cells& cells, const Chords& chords) {
  const auto [outer_left, inner_left] = std::minmax_element(chords.left, chords.left + kCell);
  const auto [inner_right, outer_right] = std::minmax_element(chords.right, chords.right + kCell);
  Reach reach;
  reach.begin = std::max(*outer_left, 0) / kCell;
  reach.end = std::min(ceil_cell(std::max(*outer_right, 0)), cells.columns);
  reach.whole_begin = ceil_cell(std::max(*inner_left, 0));
  reach.whole_end =
      std::max(std::min(std::max(*inner_right, 0) / kCell, reach.end), reach.whole_begin);
  return reach;
}

void paint_whole(Cells& cells, int column, int row, Paint paint) {
  std::uint16_t& value = cells.values[cells.at(column, row)];
  if (is_flat(value) || paint.sheets == 0) {
    value = repaint(static_cast<Index>(value), paint);
    return;
  }
  Detail& detail = cells.details[value - 256U];
  detail.front = repaint(detail.front, paint);
  detail.back = repaint(detail.back, paint);
}

// What a cell becomes; a flat one becomes a detail as long as there is room for more.
void put(Cells& cells, std::uint16_t& value, const Detail& detail) {
  if (detail.mask == 0 || detail.mask == kAll || detail.front == detail.back) {
    value = detail.mask == kAll ? detail.front : detail.back;
  } else if (!is_flat(value)) {
    cells.details[value - 256U] = detail;
  } else if (cells.details.size() < kMostDetails) {
    value = static_cast<std::uint16_t>(256 + cells.details.size());
    cells.details.push_back(detail);
  } else if (std::popcount(detail.mask) > 32) {  // a giant picture: its cells are small enough
    value = detail.front;
  }
}

void paint_part(Cells& cells, int column, int row, std::uint64_t mask, Paint paint) {
  std::uint16_t& value = cells.values[cells.at(column, row)];
  const Detail under = detail_of(cells, value);
  const Index front = repaint(under.front, paint);
  const Index back = repaint(under.back, paint);
  if (mask == 0 || (front == under.front && back == under.back)) return;
  if (is_flat(value)) return put(cells, value, {mask, back, under.back});
  put(cells, value,
      nearest_detail(cells.palette, std::array<Region, 4>{{{~mask & ~under.mask, under.back},
                                                           {~mask & under.mask, under.front},
                                                           {mask & ~under.mask, back},
                                                           {mask & under.mask, front}}}));
}

}  // namespace

void lay(Cells& cells, int column, int row, std::uint64_t mask, Index front) {
  std::uint16_t& value = cells.values[cells.at(column, row)];
  if (mask == 0) return;
  const Detail under = detail_of(cells, value);
  if (is_flat(value) || mask == kAll) return put(cells, value, {mask, front, under.back});
  put(cells, value,
      nearest_detail(cells.palette, std::array<Region, 3>{{{~mask & ~under.mask, under.back},
                                                           {~mask & under.mask, under.front},
                                                           {mask, front}}}));
}

void fill_below(Cells& cells, const std::vector<int>& line, Shade shade) {
  std::vector<int> full(static_cast<std::size_t>(cells.columns));
  for (std::size_t column = 0; column < full.size(); ++column) {
    full[column] = std::max(ceil_cell(std::max({line[column], line[column + 1], 0})), 0);
  }
  shade_rows(cells, full, shade);
  for (int column = 0; column < cells.columns; ++column) {
    const auto border = static_cast<std::size_t>(column);
    const int top = std::max(std::min(line[border], line[border + 1]), 0) / kCell;
    const int end = std::min(full[border], cells.rows);
    for (int row = top; row < end; ++row) {
      const std::uint64_t mask =
          mask_below(line[border] - row * kCell, line[border + 1] - row * kCell);
      lay(cells, column, row, mask, shade.first);
    }
  }
}

void fill_disc(Cells& cells, int centre_x, int centre_y, int radius, Paint paint) {
  const int first = std::max(centre_y - radius, 0) / kCell;
  const int end = std::min(ceil_cell(std::max(centre_y + radius, 0)), cells.rows);
  HalfWidth half_width(radius);
  for (int row = first; row < end; ++row) {
    Chords chords{};
    for (int y = 0; y < kCell; ++y) {
      const int half = half_width.at(row * kCell + y - centre_y);
      chords.left[y] = centre_x - half;
      chords.right[y] = centre_x + half;
    }
    const Reach reach = reach_of(cells, chords);
    for (int column = reach.begin; column < reach.end; ++column) {
      if (column == reach.whole_begin) {
        for (; column < reach.whole_end; ++column) paint_whole(cells, column, row, paint);
        if (column == reach.end) break;
      }
      paint_part(cells, column, row, mask_between(chords, column * kCell), paint);
    }
  }
}

void fill_plate(Cells& cells, Box box, int radius, Index colour) {
  const int left = box.column * kCell;
  const int top = box.row * kCell;
  const int right = left + box.columns * kCell;
  const int bottom = top + box.rows * kCell;
  HalfWidth half_width(radius);
  for (int row = box.row; row < box.row + box.rows; ++row) {
    Chords chords{};
    for (int y = 0; y < kCell; ++y) {
      const int line = row * kCell + y;
      const int into = std::max({top + radius - line, line + 1 - (bottom - radius), 0});
      const int cut = radius - half_width.at(into);
      chords.left[y] = left + cut;
      chords.right[y] = right - cut;
    }
    const Reach reach = reach_of(cells, chords);
    for (int column = reach.begin; column < reach.end; ++column) {
      if (column == reach.whole_begin) {
        const int whole = reach.whole_end - reach.whole_begin;
        std::fill_n(cells.values.data() + cells.at(column, row), whole, colour);
        column += whole;
        if (column == reach.end) break;
      }
      lay(cells, column, row, mask_between(chords, column * kCell), colour);
    }
  }
}

}  // namespace emulator::image
