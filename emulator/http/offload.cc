#include "emulator/http/offload.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace emulator::http {
namespace {

std::size_t most_threads() {
  const unsigned all = std::thread::hardware_concurrency();
  return all > 2 ? all - 1 : 1;  // the loop has one
}

}  // namespace

Offload::Offload(std::function<void(std::function<void()>)> deliver)
    : deliver_(std::move(deliver)), most_(most_threads()) {}

Offload::~Offload() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Offload::run(std::function<void()> work, std::function<void()> done) {
  bool another = false;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(work), std::move(done)});
    another = jobs_.size() > idle_ && threads_.size() < most_;
  }
  if (another) threads_.emplace_back([this] { serve(); });
  wake_.notify_one();
}

void Offload::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (ending_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    perform(std::move(job));
    lock.lock();
  }
}

// What the work throws is thrown again on the loop thread, where faults are reported.
void Offload::perform(Job job) const {
  std::exception_ptr fault;
  try {
    job.work();
  } catch (...) {
    fault = std::current_exception();
  }
  // Only here, when this thread has let go of what was thrown: the loop's thread ends it.
  if (fault) job.done = [fault = std::move(fault)] { std::rethrow_exception(fault); };
  deliver_(std::move(job.done));
}

}  // namespace emulator::http
