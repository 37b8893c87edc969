#include "emulator/state/worker.h"

namespace emulator::state {

Worker::Worker(Loop& loop) : loop_(loop), thread_([this] { live(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  rung_.notify_one();
  thread_.join();
}

void Worker::run(std::function<void()> work, std::function<void()> done) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.emplace_back(std::move(work), std::move(done));
  }
  rung_.notify_one();
}

void Worker::live() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    rung_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    auto [work, done] = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    work();
    loop_.post(std::move(done));
    lock.lock();
  }
}

}  // namespace emulator::state
