#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "emulator/base/loop.h"

namespace emulator::http {

// Helper threads. As many work at a time as the machine has processors beside the loop's, and at
// least one; more work is begun and waits in the middle, so that every owner goes on: after a slice
// of time the next owner has its turn. Bounded: so many are begun, and the room of the larger ones
// is counted; the rest waits in line.
class Offload {
 public:
  struct Limits {
    std::size_t running = 1;        // at a time
    std::size_t begun = 8;          // those that wait in the middle included
    std::size_t room = 512u << 20;  // bytes of all that are begun; one alone may take more
    std::chrono::milliseconds slice{10};
  };
  // `deliver` takes what is to run on the loop thread; called from helper threads.
  explicit Offload(std::function<void(std::function<void()>)> deliver);
  Offload(std::function<void(std::function<void()>)> deliver, Limits limits);
  // Gives up all work, waits for what is under way to notice.
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  // Letting go of the handle gives the work up: what has not begun never does, what has ends at its
  // next look at the pace. Loop thread only, as is letting go; the handle may outlive this.
  std::shared_ptr<void> run(BackgroundWork work);

  struct Figures {
    std::size_t waiting = 0;  // not begun
    std::size_t begun = 0;    // and not over
    std::uint64_t done = 0;
    std::uint64_t given_up = 0;
  };
  Figures figures() const;  // thread-safe

 private:
  struct Job;
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace emulator::http
