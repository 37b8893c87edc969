#include "emulator/app/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

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

std::vector<pid_t> live_children() {
  std::vector<pid_t> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    // "12 (name) S 34 ...": the name may hold anything, so read from the last bracket.
    const auto close = line.rfind(')');
    if (close == std::string::npos || line.size() < close + 5 || line[close + 2] == 'Z') continue;
    if (std::atoi(line.c_str() + close + 4) == ::getpid()) out.push_back(std::atoi(name.c_str()));
  }
  return out;
}

void give_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace emulator
