#pragma once

#include <optional>
#include <string>

#include "emulator/base/clock.h"

namespace emulator {

// What a stream that follows a task sends at one moment.
struct Piece {
  std::string bytes;            // "" : nothing now
  bool last = false;            // the stream ends behind it
  std::optional<Instant> next;  // look again then; beginning, end and cancelling of the task
                                // are looked at in any case
};

}  // namespace emulator
