#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace emulator::http {

// Helper threads for work that would hold up the loop. None exists before there is work, and each
// further one starts only when all others are busy.
class Offload {
 public:
  // `deliver` takes what is to run on the loop thread; called from helper threads.
  explicit Offload(std::function<void(std::function<void()>)> deliver);
  // Waits for the work under way and forgets the rest.
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  void run(std::function<void()> work, std::function<void()> done);

 private:
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  void serve();
  void perform(Job job) const;

  const std::function<void(std::function<void()>)> deliver_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;  // touched only by `run` and the destructor
};

}  // namespace emulator::http
