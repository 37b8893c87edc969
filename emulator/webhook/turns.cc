#include "emulator/webhook/turns.h"

#include <memory>
#include <utility>

namespace emulator::webhook {

void Turns::run(std::function<void()> job, bool urgent) {
  waiting_.push_back({std::move(job), urgent});
  if (!busy_ && !turn_) go_on();
}

void Turns::take(const Job& job) {
  const Instant began = wall_.now();
  // Also when the job throws.
  const auto over = [this, began](bool*) {
    const Instant now = wall_.now();
    if (now != began) rested_ = now + kGap;
    busy_ = false;
  };
  const std::unique_ptr<bool, decltype(over)> guard(&busy_, over);
  busy_ = true;
  job.call();
}

void Turns::rest(Duration wait) {
  turn_ = after_(wait, [this] {
    turn_.reset();
    rested_ = {};
    go_on();
  });
}

void Turns::go_on() {
  while (!waiting_.empty()) {
    const Duration left = rested_ - wall_.now();
    if (left > Duration::zero()) return rest(waiting_.front().urgent ? Duration::zero() : left);
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    try {
      take(job);
    } catch (...) {
      if (!waiting_.empty()) rest(Duration::zero());  // the others are not to blame
      throw;
    }
  }
}

}  // namespace emulator::webhook
