#pragma once

#include <string>

#include "emulator/base/pace.h"
#include "emulator/image/cells.h"

namespace emulator::image {

// The VP8L chunk (lossless WebP) of these cells.
std::string write_vp8l(const Cells& cells, Pace& pace);

}  // namespace emulator::image
