#pragma once

#include "emulator/app.h"
#include "emulator/config.h"

namespace emulator {

// The commands of the binary, a file each. Each prints through `surroundings` and returns the exit
// code.

int check_command(const Config& config, const Surroundings& surroundings);
int list_command(const Config& config, const Surroundings& surroundings);

}  // namespace emulator
