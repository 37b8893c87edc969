#pragma once

#include <functional>

#include "emulator/control/call.h"

namespace emulator::control {

// Calls `then` on the loop once every provider's contract has been read, each in a turn of its own:
// the first look at a contract reads all of it, and five in a row are too much for one turn.
// `parts` outlives that.
void with_contracts(const Parts& parts, std::function<void()> then);

}  // namespace emulator::control
