#pragma once

#include <string>

#include "emulator/base/pace.h"
#include "emulator/image/picture.h"

namespace emulator::image {

// As `render` without a pace: the same bytes. Asks `pace` after every few milliseconds of work, and
// lets what it throws through.
std::string render(const Picture& picture, Pace& pace);

// Memory that drawing it takes at most, in bytes; about, and for the larger pictures only.
std::size_t room_for(const Picture& picture);

}  // namespace emulator::image
