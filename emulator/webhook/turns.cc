#include "emulator/webhook/turns.h"

#include <utility>

namespace emulator::webhook {

void Turns::run(std::function<void()> job, bool urgent) {
  waiting_.push_back({std::move(job), urgent});
  if (!busy_ && !turn_) go_on();
}

void Turns::go_on() {
  const auto next_turn = [this] {
    const bool urgent = !waiting_.empty() && waiting_.front().urgent;
    turn_ = after_(urgent ? Duration::zero() : kGap, [this] {
      turn_.reset();
      go_on();
    });
  };
  busy_ = true;
  try {
    while (!waiting_.empty() && !turn_) {
      const auto job = std::move(waiting_.front());
      waiting_.pop_front();
      const Instant began = wall_.now();
      job.call();
      if (wall_.now() != began) next_turn();
    }
  } catch (...) {
    busy_ = false;
    next_turn();  // the others are not to blame
    throw;
  }
  busy_ = false;
}

}  // namespace emulator::webhook
