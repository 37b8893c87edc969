#pragma once

#include <string>

#include "emulator/base/clock.h"

namespace emulator {

// For people: "under 1ms", "46ms", "1.5s", "10m", "10m 3s", "2h 5m", "3d 4h"; cut off, not rounded.
std::string roughly(Duration duration);

}  // namespace emulator
