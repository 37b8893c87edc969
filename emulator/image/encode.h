#pragma once

#include <string>

#include "emulator/base/pace.h"
#include "emulator/image/picture.h"

namespace emulator::image {

// The file of a picture whose pixels were made, three bytes each, by the usual libraries: the only
// place that knows them. `picture` must be within the limits.
std::string encode_pixels(const Picture& picture, const std::string& pixels, Pace& pace);

}  // namespace emulator::image
