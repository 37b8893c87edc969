#include "emulator/app/process.h"

#include <sys/resource.h>

#include "emulator/os/os.h"

namespace emulator {

ProcessUse process_use() {
  ProcessUse out;
  out.resident_bytes = os::resident_bytes();
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    out.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  return out;
}

}  // namespace emulator
