#include "emulator/image/pixels.h"

#include <algorithm>
#include <cstdlib>

#include "emulator/image/dice.h"
#include "emulator/image/palette.h"

namespace emulator::image {
namespace {

constexpr int kUnit = 2 * kCell;  // of a blend between the middles of two cells

bool has_letters(const Detail& detail) { return detail.front >= kPlate && detail.front <= kAccent; }

// Of the four cells around a pixel, how near each is.
struct Blend {
  int first;   // the column or row before
  int second;  // and after
  int weight;  // of the second, of kUnit
};

Blend blend_at(int pixel, int cells) {
  const int from_middle = 2 * pixel + 1 - kCell;  // of the first cell, in half pixels
  const int shifted = from_middle + 2 * kCell;    // never negative
  const int first = shifted / kUnit - 1;
  return {std::clamp(first, 0, cells - 1), std::clamp(first + 1, 0, cells - 1), shifted % kUnit};
}

int blended(int a, int b, int c, int d, int across, int down) {
  const int upper = a * (kUnit - across) + b * across;
  const int lower = c * (kUnit - across) + d * across;
  return (upper * (kUnit - down) + lower * down + kUnit * kUnit / 2) / (kUnit * kUnit);
}

// A step between two shapes, which stays sharp; the steps of a ramp are smaller.
bool is_edge(Rgb a, Rgb b) {
  return std::abs(a.r - b.r) + std::abs(a.g - b.g) + std::abs(a.b - b.b) > 40;
}

Rgb smooth_colour(const Cells& cells, int x, int y) {
  const Blend across = blend_at(x, cells.columns);
  const Blend down = blend_at(y, cells.rows);
  const int columns[] = {across.first, across.second, across.first, across.second};
  const int rows[] = {down.first, down.first, down.second, down.second};
  Rgb around[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const Detail detail = detail_of(cells, cells.values[cells.at(columns[i], rows[i])]);
    if (detail.mask != 0 || has_letters(detail)) return colour_at(cells, x, y);
    around[i] = cells.palette[detail.back];
    if (is_edge(around[0], around[i])) return colour_at(cells, x, y);
  }
  const auto part = [&](std::uint8_t Rgb::*channel) {
    return static_cast<std::uint8_t>(blended(around[0].*channel, around[1].*channel,
                                             around[2].*channel, around[3].*channel, across.weight,
                                             down.weight));
  };
  return {part(&Rgb::r), part(&Rgb::g), part(&Rgb::b)};
}

char grained(int value, int grain) { return static_cast<char>(std::clamp(value + grain, 0, 255)); }

// `most` up or down, taken from eight bits of chance.
int grain_from(std::uint64_t bits, int most) {
  return static_cast<int>((bits & 0xFFU) * static_cast<unsigned>(2 * most + 1) >> 8) - most;
}

}  // namespace

std::string make_pixels(const Cells& cells, const Picture& picture, Pace& pace) {
  const bool noise = picture.style == Style::kNoise;
  const int most = picture.black ? 0 : noise ? 44 : 3;
  Dice dice(picture.seed ^ static_cast<std::uint64_t>(picture.index) << 32);
  std::string out;
  out.reserve(static_cast<std::size_t>(cells.width) * static_cast<std::size_t>(cells.height) * 3);
  for (int y = 0; y < cells.height; ++y) {
    pace.go_on();
    for (int x = 0; x < cells.width; ++x) {
      const Rgb colour = noise ? colour_at(cells, x, y) : smooth_colour(cells, x, y);
      const std::uint64_t chance = dice.next();
      out += grained(colour.r, grain_from(chance >> 8, most));
      out += grained(colour.g, grain_from(chance >> 24, most));
      out += grained(colour.b, grain_from(chance >> 40, most));
    }
  }
  return out;
}

}  // namespace emulator::image
