#pragma once

namespace emulator {

// What this process uses, as the system tells it.
struct ProcessUse {
  double resident_bytes = 0;  // 0 where the system does not tell
  double cpu_seconds = 0;     // of all threads, user and system
};

ProcessUse process_use();

}  // namespace emulator
