#include "emulator/webhook/completion.h"

#include <doctest.h>

#include <vector>

#include "emulator/base/manual_loop.h"
#include "tests/support/manual_wall.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;

struct Waiting {
  Completion completion() {
    return Completion([this] { ++told; });
  }
  void pass(Duration by) {
    wall.advance(by);
    loop.turn();
  }

  int told = 0;
  test::ManualWall wall;
  ManualLoop loop{wall};
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
  completion.at_most(5s, waiting.loop);
  completion.at_most(1s, waiting.loop);  // what was said first holds
  waiting.pass(5s - 1us);
  CHECK(waiting.told == 0);
  waiting.pass(1us);
  CHECK(waiting.told == 1);
  completion.at_most(5s, waiting.loop);  // nobody waits any more
  completion = {};
  CHECK(waiting.told == 1);
  CHECK(waiting.loop.due().empty());
  // One that is over in time lets its timer go.
  completion = waiting.completion();
  completion.at_most(5s, waiting.loop);
  completion = {};
  CHECK(waiting.told == 2);
  CHECK(waiting.loop.due().empty());
}

TEST_CASE("nobody waits for an empty one, and a silenced one tells nobody") {
  const Completion none(nullptr);
  CHECK_FALSE(none);
  Waiting waiting;
  none.at_most(5s, waiting.loop);
  none.silence();
  CHECK(waiting.loop.due().empty());
  Completion completion = waiting.completion();
  CHECK(completion);
  completion.at_most(5s, waiting.loop);
  completion.silence();
  completion = {};
  CHECK(waiting.told == 0);
  CHECK(waiting.loop.due().empty());
}

}  // namespace
}  // namespace emulator::webhook
