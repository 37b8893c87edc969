#include "emulator/http/turns.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "emulator/http/message.h"
#include "emulator/os/os.h"

namespace emulator::http {
namespace {

using std::chrono::nanoseconds;

// Between two looks at the processor's time, which costs a system call.
constexpr nanoseconds kLooks = std::chrono::milliseconds(4);
constexpr std::size_t kShownTarget = 200;

class SystemTurnClock final : public TurnClock {
 public:
  nanoseconds passing() const override { return os::coarse_time(); }
  nanoseconds processor() const override {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
  }
};

}  // namespace

const TurnClock& system_turn_clock() {
  static const SystemTurnClock clock;
  return clock;
}

TurnWatch::TurnWatch(const TurnClock& clock, nanoseconds limit,
                     std::function<void(const LongTurn&)> told)
    : clock_(clock), limit_(limit), told_(std::move(told)) {}

void TurnWatch::begin() {
  if (depth_++ > 0) return;
  began_ = clock_.passing();
  requests_ = 0;
  if (looked_ == nanoseconds::zero()) look(began_);
}

void TurnWatch::took_in(const Request& request) {
  if (requests_++ == 0 || request.body.size() > 0) {
    request_.assign(request.method, 0, 20);
    request_ += ' ';
    request_.append(request.path, 0, kShownTarget);
  }
}

void TurnWatch::end() {
  if (--depth_ > 0) return;
  turns_.store(turns_.load(kRelaxed) + 1, kRelaxed);
  const nanoseconds now = clock_.passing();
  if (now - began_ >= limit_ / 2) return was_slow(now);
  if (now - looked_ >= kLooks) look(now);
}

void TurnWatch::look(nanoseconds passing) {
  looked_ = passing;
  processor_ = clock_.processor();
}

// The last look was before this turn began. What was used since then and may be that of others is
// at most the time that passed from then to the beginning.
void TurnWatch::was_slow(nanoseconds now) {
  const nanoseconds passed = now - began_;
  const nanoseconds others = std::max(began_ - looked_, nanoseconds::zero());
  const nanoseconds before = processor_;
  look(now);
  const nanoseconds used =
      std::clamp(processor_ - before - others, nanoseconds::zero(), std::max(passed, limit_ / 2));
  longest_.store(std::max(longest_.load(kRelaxed), passed), kRelaxed);
  longest_processor_.store(std::max(longest_processor_.load(kRelaxed), used), kRelaxed);
  if (passed > limit_) held_.store(held_.load(kRelaxed) + 1, kRelaxed);
  if (used <= limit_) return;
  long_turns_.store(long_turns_.load(kRelaxed) + 1, kRelaxed);
  if (told_) told_({used, passed, requests_ > 0 ? request_ : std::string(), requests_});
}

}  // namespace emulator::http
