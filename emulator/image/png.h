#pragma once

#include <string>

#include "emulator/image/cells.h"

namespace emulator::image {

// The PNG file (8 bits, RGB) of these cells. `chunks` are put before the pixels.
std::string write_png(const Cells& cells, const std::string& chunks);

}  // namespace emulator::image
