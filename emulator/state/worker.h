#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "emulator/base/loop.h"

namespace emulator::state {

// A thread that does one job after the other, in the order they came. Made and ended by the loop
// thread; its end waits for the job in hand, and drops the others.
class Worker {
 public:
  // `loop` outlives the worker.
  explicit Worker(Loop& loop);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Has `work` done by the thread, then `done` on the loop. `work` must not throw. Loop thread.
  void run(std::function<void()> work, std::function<void()> done);

 private:
  void live();

  Loop& loop_;
  std::mutex mutex_;
  std::condition_variable rung_;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace emulator::state
