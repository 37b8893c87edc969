#pragma once

#include <string>
#include <string_view>

#include "emulator/base/pace.h"
#include "emulator/image/cells.h"

namespace emulator::image {

// The PNG file (8 bits, RGB) of these cells. `chunks` are put before the pixels.
std::string write_png(const Cells& cells, const std::string& chunks, Pace& pace);

// The PNG file of a picture whose pixels were made, three bytes each, with its metadata.
std::string write_png(const Picture& picture, std::string_view pixels, Pace& pace);

// What both begin with: the signature and the header chunk.
std::string png_head(int width, int height);

}  // namespace emulator::image
