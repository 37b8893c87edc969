#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "emulator/app/log_line.h"
#include "emulator/app/log_sink.h"
#include "emulator/base/clock.h"

namespace emulator {

// Where an app writes and what time it lives by: the real ones in main, others in tests.
struct Surroundings {
  const WallClock* wall = nullptr;              // not owned; outlives the app
  std::function<void(const std::string&)> out;  // stdout
  std::function<void(const std::string&)> err;  // stderr
  std::uint64_t drawn_seed = 0;                 // used when nobody gave one
  std::string drawn_token;                      // the same of the control API's token
  LogSink* log = nullptr;              // what `err` writes to, if it may keep lines back; not owned
  std::function<LogLook()> look = {};  // what stderr looks like; empty: a file or a pipe
  std::function<LogLook()> out_look = {};  // the same of stdout
};

}  // namespace emulator
