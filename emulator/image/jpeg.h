#pragma once

#include <string>

#include "emulator/base/pace.h"
#include "emulator/image/cells.h"

namespace emulator::image {

// The JPEG file (baseline, 4:4:4) of these cells. `segments` are put behind the JFIF header.
std::string write_jpeg(const Cells& cells, int quality, const std::string& segments, Pace& pace);

}  // namespace emulator::image
