#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "emulator/base/loop.h"

namespace emulator {

// A loop without a thread of its own: it turns when whoever holds it says so, and what is due it
// reads from the wall clock it was given. For an emulator without sockets, and for tests.
class ManualLoop : public Loop {
 public:
  // `wall` outlives the loop.
  explicit ManualLoop(const WallClock& wall) : wall_(wall) {}

  void post(std::function<void()> work) override;
  std::shared_ptr<void> after(Duration wait, std::function<void()> work) override;
  // Does the work at once, and so is `done` called before this returns, unless it is held.
  std::shared_ptr<void> offload(BackgroundWork work) override;
  using Loop::offload;

  // Calls what was posted and what is due, the earliest first, and what that brings with it, at
  // most so many calls. What a call throws is thrown on; the rest stays for the next turn.
  void turn(std::size_t most = SIZE_MAX);

  // Whether work that comes from now on waits for `do_offloaded` instead of being done at once.
  void hold_offloaded(bool hold) { holds_ = hold; }
  // Does the first of the work that is held, and tells that it is done. False when there is none.
  bool do_offloaded();
  // How much work was offloaded in all.
  std::size_t offloaded() const { return offloaded_; }
  // When the timers that somebody still waits for are due, in the order they were set.
  std::vector<Instant> due() const;

 private:
  struct Timer {
    Instant due;
    std::function<void()> work;  // empty once it was called
  };
  std::function<void()> next_posted();
  std::shared_ptr<Timer> next_due();

  const WallClock& wall_;
  std::mutex mutex_;  // of the line below
  std::deque<std::function<void()>> posted_;
  std::vector<std::weak_ptr<Timer>> timers_;
  std::deque<std::weak_ptr<BackgroundWork>> held_;
  bool holds_ = false;
  std::size_t offloaded_ = 0;
};

}  // namespace emulator
