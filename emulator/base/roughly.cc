#include "emulator/base/roughly.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace emulator {

std::string roughly(Duration duration) {
  using std::chrono::duration_cast;
  if (duration < Duration::zero()) return "-" + roughly(-std::max(duration, -Duration::max()));
  const auto ms = duration_cast<std::chrono::milliseconds>(duration).count();
  const auto two = [](std::int64_t large, const char* unit, std::int64_t small, const char* rest) {
    const std::string first = std::to_string(large) + unit;
    return small == 0 ? first : first + " " + std::to_string(small) + rest;
  };
  if (duration == Duration::zero()) return "0s";
  if (ms == 0) return "under 1ms";
  if (ms < 1'000) return std::to_string(ms) + "ms";
  const std::int64_t seconds = ms / 1'000;
  if (seconds < 60) {
    const std::int64_t tenths = ms / 100 % 10;
    return std::to_string(seconds) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + "s";
  }
  constexpr std::int64_t kHour = 60;  // in minutes
  const std::int64_t minutes = seconds / 60;
  if (minutes < kHour) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 48 * kHour) return two(minutes / kHour, "h", minutes % kHour, "m");
  return two(minutes / (24 * kHour), "d", minutes / kHour % 24, "h");
}

}  // namespace emulator
