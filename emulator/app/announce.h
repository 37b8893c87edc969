#pragma once

#include <cstdint>
#include <string>

#include "emulator/app/assembly.h"

namespace emulator {

// Says on stdout where it listens, and on stderr what there is to know and to do next. Once the
// port is known.
void announce(Assembly& assembly);

}  // namespace emulator
