#include "emulator/webhook/completion.h"

#include <doctest.h>

#include <vector>

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;

struct Waiting {
  Completion completion() {
    return Completion([this] { ++told; });
  }
  Completion::After after() {
    return [this](Duration wait, std::function<void()> work) -> std::shared_ptr<void> {
      waits.push_back(wait);
      auto timer = std::make_shared<std::function<void()>>(std::move(work));
      timers.push_back(timer);
      return timer;
    };
  }
  void fire() {
    if (const auto timer = timers.back().lock()) (*timer)();
  }

  int told = 0;
  std::vector<Duration> waits;
  std::vector<std::weak_ptr<std::function<void()>>> timers;
};

TEST_CASE("the last copy tells, once, on whatever way out") {
  Waiting waiting;
  {
    const Completion first = waiting.completion();
    std::vector<Completion> copies(3, first);
    copies.clear();
    CHECK(waiting.told == 0);
  }
  CHECK(waiting.told == 1);
  const auto leaves = [](const Completion&) { throw 1; };
  CHECK_THROWS(leaves(waiting.completion()));
  CHECK(waiting.told == 2);
  Completion kept = waiting.completion();
  const Completion moved = std::move(kept);
  kept = {};
  CHECK(waiting.told == 2);
  kept = moved;
  CHECK(waiting.told == 2);
}

TEST_CASE("whoever waits for long is told before, and not again") {
  Waiting waiting;
  Completion completion = waiting.completion();
  completion.at_most(5s, waiting.after());
  completion.at_most(1s, waiting.after());  // what was said first holds
  CHECK(waiting.waits == std::vector<Duration>{5s});
  waiting.fire();
  CHECK(waiting.told == 1);
  completion.at_most(5s, waiting.after());  // nobody waits any more
  completion = {};
  CHECK(waiting.told == 1);
  CHECK(waiting.waits.size() == 1);
  // One that is over in time lets its timer go.
  completion = waiting.completion();
  completion.at_most(5s, waiting.after());
  completion = {};
  CHECK(waiting.told == 2);
  CHECK(waiting.timers.back().expired());
}

TEST_CASE("nobody waits for an empty one, and a silenced one tells nobody") {
  const Completion none(nullptr);
  CHECK_FALSE(none);
  Waiting waiting;
  none.at_most(5s, waiting.after());
  none.silence();
  CHECK(waiting.waits.empty());
  Completion completion = waiting.completion();
  CHECK(completion);
  completion.at_most(5s, waiting.after());
  completion.silence();
  completion = {};
  CHECK(waiting.told == 0);
  CHECK(waiting.timers.back().expired());
}

}  // namespace
}  // namespace emulator::webhook
