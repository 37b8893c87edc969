#include "emulator/image/scene.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "emulator/image/dice.h"
#include "emulator/image/draw.h"
#include "emulator/image/palette.h"

// Four kinds of scene, each with its own numbers thrown from the hash: hills under a sun, flowing
// layers, bubbles, and rings. Whole numbers only, so that every compiler draws the same.

namespace emulator::image {
namespace {

std::uint64_t hash_bytes(std::uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  }
  return hash;
}

std::uint64_t hash_number(std::uint64_t hash, std::uint64_t number) {
  return Dice(hash ^ number).next();
}

std::uint64_t hash_of(const Picture& picture) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  hash = hash_number(hash_bytes(hash, picture.model), picture.model.size());
  hash = hash_number(hash_bytes(hash, picture.prompt), picture.prompt.size());
  hash = hash_number(hash, picture.seed);
  return hash_number(hash, static_cast<std::uint64_t>(picture.index));
}

// A sine after Bhaskara: 65536 steps round, from -32768 to 32768.
int wave(int phase) {
  constexpr std::int64_t kHalf = 32768;
  const std::int64_t x = phase & (kHalf - 1);
  const std::int64_t product = x * (kHalf - x);
  const std::int64_t up = kHalf * 16 * product / (5 * kHalf * kHalf - 4 * product);
  return static_cast<int>((phase & kHalf) != 0 ? -up : up);
}

// A line of long and short waves across the picture, `swing` pixels up and down.
std::vector<int> wavy_line(const Cells& cells, Dice& dice, int height, int swing, int slope) {
  struct Part {
    int turns;  // in 1/256 of a turn over the longer side
    int phase;
    int swing;
  };
  Part parts[3];
  int size = swing;
  int turns = dice.between(110, 260);
  for (Part& part : parts) {
    part = {turns, dice.between(0, 65535), size};
    size = size * dice.between(30, 50) / 100;
    turns = turns * dice.between(180, 260) / 100;
  }
  const int span = std::max(std::max(cells.width, cells.height), 1);
  std::vector<int> line(static_cast<std::size_t>(cells.columns) + 1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::int64_t x = static_cast<std::int64_t>(i) * kCell;
    std::int64_t y = height + x * slope / 256;
    for (const Part& part : parts) {
      const auto phase = static_cast<int>((x * part.turns * 256 / span + part.phase) & 65535);
      y += std::int64_t{wave(phase)} * part.swing / 32768;
    }
    line[i] = static_cast<int>(y);
  }
  return line;
}

Index sky_colour(int part, int whole) {
  return static_cast<Index>(kSky +
                            std::clamp(part * kSkyCount / std::max(whole, 1), 0, kSkyCount - 1));
}

void upright_sky(Cells& cells, int end_row) {
  for (int row = 0; row < cells.rows; ++row) {
    std::fill_n(cells.values.data() + cells.at(0, row), cells.columns, sky_colour(row, end_row));
  }
}

// A sky whose colours run slantwise; `lean` of 256 is as much across as down.
void slanted_sky(Cells& cells, int lean, bool mirrored) {
  constexpr int kFraction = 32;
  const std::int64_t whole = std::int64_t{cells.rows} * 256 + std::int64_t{cells.columns} * lean;
  const std::int64_t down = (std::int64_t{kSkyCount} << kFraction) * 256 / whole;
  const std::int64_t aside = (std::int64_t{kSkyCount} << kFraction) * lean / whole;
  const std::int64_t start = mirrored ? aside * (cells.columns - 1) : 0;
  for (int row = 0; row < cells.rows; ++row) {
    std::uint16_t* const values = cells.values.data() + cells.at(0, row);
    std::int64_t part = start + down * row;
    for (int column = 0; column < cells.columns; ++column) {
      values[column] = static_cast<std::uint16_t>(kSky + (part >> kFraction));
      part += mirrored ? -aside : aside;
    }
  }
}

int shorter(const Cells& cells) { return std::min(cells.width, cells.height); }

// 2^shift rows of cells a colour, so that a shade of `count` colours covers about `rows`.
int shift_for(int rows, int count) {
  int shift = 0;
  while ((count << shift) < rows) ++shift;
  return shift;
}

Shade land_shade(const Cells& cells, int layer, int layers) {
  const int count = kLandCount / layers;
  return {static_cast<Index>(kLand + layer * count), count,
          shift_for(cells.rows * 2 / (layers + 1), count)};
}

void sun(Cells& cells, Dice& dice, int horizon) {
  const int x = cells.width * dice.between(18, 82) / 100;
  const int y = horizon * dice.between(30, 85) / 100;
  const int radius = shorter(cells) * dice.between(7, 14) / 100;
  fill_disc(cells, x, y, radius * 3, {1, 0});
  fill_disc(cells, x, y, radius * 2, {1, 0});
  fill_disc(cells, x, y, radius, {0, kSun});
}

// Each draw below is a statement of its own: compilers differ in which argument of a call comes
// first, and a seed means the same picture everywhere.
void hills(Cells& cells, Dice& dice) {
  const int horizon = cells.height * dice.between(38, 55) / 100;
  upright_sky(cells, cells.rows * 3 / 4);
  sun(cells, dice, horizon);
  const int layers = dice.between(4, 6);
  for (int layer = 0; layer < layers; ++layer) {
    const int height = horizon + (cells.height - horizon) * layer / layers;
    const int swing = shorter(cells) * dice.between(4, 11) / 100;
    fill_below(cells, wavy_line(cells, dice, height, swing, 0), land_shade(cells, layer, layers));
  }
}

void layers(Cells& cells, Dice& dice) {
  const bool mirrored = dice.one_in(2);
  slanted_sky(cells, dice.between(20, 200), mirrored);
  const int slope = dice.between(-110, 110);
  const int count = dice.between(6, 8);
  const int rise = cells.width * slope / 256;
  const int first = cells.height * dice.between(12, 30) / 100 - std::max(rise, 0);
  const int last = cells.height - std::min(rise, 0);
  for (int layer = 0; layer < count; ++layer) {
    const int height = first + (last - first) * layer / count;
    const int swing = shorter(cells) * dice.between(5, 12) / 100;
    fill_below(cells, wavy_line(cells, dice, height, swing, slope),
               land_shade(cells, layer, count));
  }
}

void bubbles(Cells& cells, Dice& dice) {
  const bool mirrored = dice.one_in(2);
  slanted_sky(cells, dice.between(60, 320), mirrored);
  const int count = dice.between(5, 9);
  for (int i = 0; i < count; ++i) {
    const int radius = shorter(cells) * dice.between(9, 38) / 100;
    const int x = cells.width * dice.between(0, 100) / 100;
    const int y = cells.height * dice.between(0, 100) / 100;
    fill_disc(cells, x, y, radius, {1, 0});
    if (dice.one_in(3)) fill_disc(cells, x, y, radius * 2 / 3, {1, 0});
  }
  const int radius = shorter(cells) * dice.between(5, 9) / 100;
  const int y = cells.height * dice.between(15, 60) / 100;
  fill_disc(cells, cells.width * dice.between(20, 80) / 100, y, radius, {0, kSun});
}

void rings(Cells& cells, Dice& dice) {
  const bool mirrored = dice.one_in(2);
  slanted_sky(cells, dice.between(0, 256), mirrored);
  const int x = cells.width * dice.between(15, 85) / 100;
  const int y = cells.height * dice.between(10, 55) / 100;
  const int count = dice.between(5, 8);
  const int outer = std::max(cells.width, cells.height) * dice.between(55, 75) / 100;
  for (int i = 0; i < count; ++i) {
    const int radius = outer * (count - i) / count;
    const auto colour = static_cast<Index>(kLand + (kLandCount - 1) * (count - 1 - i) / count);
    fill_disc(cells, x, y, radius, {0, colour});
  }
  fill_disc(cells, x, y, outer / count / 2, {0, kSun});
}

}  // namespace

void draw_scene(Cells& cells, const Picture& picture) {
  Dice dice(hash_of(picture));
  cells.palette = make_palette(dice);
  using Draw = void (*)(Cells&, Dice&);
  constexpr Draw kKinds[] = {hills, layers, bubbles, rings};
  kKinds[dice.between(0, 3)](cells, dice);
}

}  // namespace emulator::image
