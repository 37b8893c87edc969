#pragma once

#include <string>

#include "emulator/base/pace.h"
#include "emulator/image/cells.h"

namespace emulator::image {

// All pixels of a picture, three bytes each: the cells with the texture that a style asks for.
// kSmooth blends neighbouring cells and adds the grain of a photograph; kNoise adds so much grain
// that no format can make the file small. Letters stay sharp.
std::string make_pixels(const Cells& cells, const Picture& picture, Pace& pace);

}  // namespace emulator::image
