#pragma once

#include "emulator/image/cells.h"
#include "emulator/image/dice.h"

namespace emulator::image {

// How the 256 colours of a scene are arranged.
//
// The sky is a ramp of 48 colours, four times over: each time lighter, as if one more sheet of
// tissue lay on it. So a translucent shape is drawn by adding kSkyCount to what is there. The land
// is a second ramp, from far to near. The last eight have names.
inline constexpr Index kSky = 0;
inline constexpr int kSkyCount = 48;
inline constexpr int kSheets = 4;
inline constexpr Index kLand = 192;
inline constexpr int kLandCount = 56;
inline constexpr Index kPlate = 248;    // behind the caption
inline constexpr Index kInk = 249;      // the prompt
inline constexpr Index kSoftInk = 250;  // the rest of the caption
inline constexpr Index kAccent = 251;
inline constexpr Index kSun = 252;
inline constexpr Index kBlack = 255;

Palette make_palette(Dice& dice);

}  // namespace emulator::image
