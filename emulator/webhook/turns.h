#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "emulator/base/clock.h"

namespace emulator::webhook {

// Runs jobs in their order, one in a turn of the loop and at a distance from the next: thirty
// answers of a receiver that come at once must not hold up a poll for as long as thirty of them
// take. On a wall clock that stands still nothing takes any time, so that all of them are run at
// once. Loop thread.
class Turns {
 public:
  // Between two jobs: what they set in motion, here and in the receivers, takes processor time too.
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
  Instant rested_{};            // when the next job may begin
  std::shared_ptr<void> turn_;  // set while somebody waits for it
  bool busy_ = false;
};

}  // namespace emulator::webhook
