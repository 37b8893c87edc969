#pragma once

#include <cstddef>

#include "emulator/base/json_text.h"

namespace emulator::control {

// What may be held open at once by callers of the control API.
struct Limits {
  JsonLimits json = kStrangersJson;       // of a call's body
  std::size_t waits = 1'000;              // calls of `verify` that wait
  std::size_t streams = 100;              // readers of `events`
  std::size_t stream_backlog = 1u << 20;  // bytes a reader may be behind before it is dropped
};

}  // namespace emulator::control
