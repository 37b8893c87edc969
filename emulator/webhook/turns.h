#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "emulator/base/clock.h"

namespace emulator::webhook {

// Runs jobs in their order, a slice of time in a turn of the loop and the next slice at a distance:
// thirty answers of a receiver that come at once must not hold up a poll for as long as thirty of
// them take. On a wall clock that stands still nothing takes any time, so that all of them are run
// at once. Loop thread.
class Turns {
 public:
  // Of work. Then others come first.
  static constexpr Duration kSlice = std::chrono::microseconds(40);
  // Between two slices: what they set in motion, here and in the receivers, takes processor time
  // too.
  static constexpr Duration kGap = std::chrono::microseconds(200);

  using After = std::function<std::shared_ptr<void>(Duration wait, std::function<void()> work)>;
  Turns(const WallClock& wall, After after) : wall_(wall), after_(std::move(after)) {}

  // Runs the job, maybe at once. What jobs hand in themselves comes after them. An urgent one,
  // which somebody waits for, comes without a gap.
  void run(std::function<void()> job, bool urgent = false);

 private:
  struct Job {
    std::function<void()> call;
    bool urgent;
  };
  void go_on();
  void take(const Job& job);
  void rest(Duration wait);

  const WallClock& wall_;
  const After after_;
  std::deque<Job> waiting_;
  Duration spent_{0};           // of the present slice
  Instant rested_{};            // when the next slice may begin
  std::shared_ptr<void> turn_;  // set while somebody waits for it
  bool busy_ = false;
};

}  // namespace emulator::webhook
