#include "emulator/app/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace emulator {

ProcessUse process_use() {
  ProcessUse out;
  std::ifstream pages("/proc/self/statm");
  double whole = 0, resident = 0;
  if (pages >> whole >> resident)
    out.resident_bytes = resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    out.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  return out;
}

void give_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace emulator
