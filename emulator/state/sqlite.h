#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/state/engine.h"

namespace emulator::state {

struct SqliteOptions {
  std::string path;
  std::vector<std::string> providers;  // by number: what is kept refers to them so
  std::uint64_t seed = 0;              // of sandboxes to come, where the file is new
  std::string vfs;                     // SQLite's way to the disk; "" for the usual one
};

// Opens a file that keeps state, made if there is none, for this process alone: a second one is
// refused while this lives. The failure is one line that says what is wrong with it and what to do;
// the file is then as it was. On any thread.
Result<std::unique_ptr<Engine>, std::string> open_sqlite(SqliteOptions options);

}  // namespace emulator::state
