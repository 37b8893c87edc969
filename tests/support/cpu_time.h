#pragma once

#include <algorithm>
#include <ctime>
#include <functional>

namespace emulator::test {

// Processor time this thread has used, in seconds: what a busy machine does to others does not
// count.
inline double thread_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The least processor time that `work` took in two runs.
inline double least_cpu(const std::function<void()>& work) {
  double least = 1e9;
  for (int i = 0; i < 2; ++i) {
    const double before = thread_cpu();
    work();
    least = std::min(least, thread_cpu() - before);
  }
  return least;
}

// Whether `work(n)` grows with n as something linear does: four times as much costs less than nine
// times the time, where a square would cost sixteen. Times below 20 ms say nothing.
inline bool grows_linearly(std::size_t n, const std::function<void(std::size_t)>& work) {
  const double small = least_cpu([&] { work(n); });
  const double large = least_cpu([&] { work(4 * n); });
  return large <= 9 * small + 0.02;
}

}  // namespace emulator::test
