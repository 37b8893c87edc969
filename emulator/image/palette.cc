#include "emulator/image/palette.h"

#include <algorithm>
#include <cstdlib>

// Colours are chosen as hue, saturation and lightness, in whole numbers: hue goes round in 1536
// steps (256 from one primary or secondary colour to the next), the others from 0 to 255.

namespace emulator::image {
namespace {

constexpr int kCircle = 1536;

constexpr int degrees(int n) { return n * kCircle / 360; }

std::uint8_t to_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

// Yellow to green looks shrill where other hues look rich; it is toned down, most at 100 degrees.
int toned(int hue, int saturation) {
  const int away = std::abs(hue - degrees(100));
  const int reach = degrees(70);
  return saturation - saturation * std::max(reach - away, 0) / reach * 45 / 100;
}

Rgb hsl(int hue, int saturation, int lightness) {
  hue = ((hue % kCircle) + kCircle) % kCircle;
  saturation = toned(hue, saturation);
  const int chroma = (255 - std::abs(2 * lightness - 255)) * saturation / 255;
  const int within = hue % 512;
  const int second = chroma * (256 - std::abs(within - 256)) / 256;
  const int low = lightness - chroma / 2;
  int r = 0;
  int g = 0;
  int b = 0;
  switch (hue / 256) {
    case 0:
      r = chroma, g = second;
      break;
    case 1:
      r = second, g = chroma;
      break;
    case 2:
      g = chroma, b = second;
      break;
    case 3:
      g = second, b = chroma;
      break;
    case 4:
      r = second, b = chroma;
      break;
    default:
      r = chroma, b = second;
      break;
  }
  return {to_byte(r + low), to_byte(g + low), to_byte(b + low)};
}

std::uint8_t mix(int from, int to, int part, int whole) {
  return to_byte(from + ((to - from) * part * 2 + (to > from ? whole : -whole)) / (2 * whole));
}

Rgb mix(Rgb from, Rgb to, int part, int whole) {
  return {mix(from.r, to.r, part, whole), mix(from.g, to.g, part, whole),
          mix(from.b, to.b, part, whole)};
}

// Three colours with a smooth way between them.
struct Ramp {
  Rgb first;
  Rgb middle;
  Rgb last;
  Rgb at(int part, int whole) const {
    if (2 * part <= whole) return mix(first, middle, 2 * part, whole);
    return mix(middle, last, 2 * part - whole, whole);
  }
};

void fill_sky(Palette& palette, const Ramp& ramp, Rgb light) {
  for (int sheet = 0; sheet < kSheets; ++sheet) {
    for (int i = 0; i < kSkyCount; ++i) {
      const int at = kSky + sheet * kSkyCount + i;
      palette[static_cast<std::size_t>(at)] =
          mix(ramp.at(i, kSkyCount - 1), light, sheet * 22, 100);
    }
  }
}

void fill_land(Palette& palette, const Ramp& ramp) {
  for (int i = 0; i < kLandCount; ++i) {
    const int at = kLand + i;
    palette[static_cast<std::size_t>(at)] = ramp.at(i, kLandCount - 1);
  }
}

}  // namespace

Palette make_palette(Dice& dice) {
  const int hue = dice.between(0, kCircle - 1);
  const int turn = dice.one_in(2) ? 1 : -1;
  const int step = turn * degrees(dice.between(18, 48));
  const int opposite = hue + degrees(dice.between(150, 210));
  const bool night = dice.one_in(3);
  const int vivid = dice.between(110, 190);

  Ramp sky{};
  if (night) {
    sky = {hsl(hue, vivid, 30), hsl(hue + step, vivid, 68), hsl(hue + 2 * step, vivid, 128)};
  } else {
    sky = {hsl(hue, vivid, 112), hsl(hue + step, vivid, 162), hsl(hue + 2 * step, 220, 212)};
  }
  const int ground = dice.one_in(2) ? hue - step : opposite;
  const Ramp land = {mix(sky.last, hsl(ground, vivid, 150), 1, 2), hsl(ground, vivid * 3 / 4, 92),
                     hsl(ground - step, vivid * 3 / 4, 30)};

  Palette palette{};
  const Rgb light = hsl(opposite, 255, night ? 200 : 238);
  fill_sky(palette, sky, light);
  fill_land(palette, land);
  palette[kPlate] = hsl(ground, 70, 22);
  palette[kInk] = hsl(hue, 120, 246);
  palette[kSoftInk] = hsl(hue, 60, 178);
  palette[kAccent] = hsl(opposite, 200, 190);
  palette[kSun] = hsl(opposite, 255, 226);
  palette[kBlack] = Rgb{};
  return palette;
}

}  // namespace emulator::image
