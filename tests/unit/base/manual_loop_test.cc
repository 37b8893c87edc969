#include "emulator/base/manual_loop.h"

#include <doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/support/manual_wall.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

struct Turned {
  std::function<void()> says(const char* word) {
    return [this, word] { said += word; };
  }
  ManualWall wall;
  ManualLoop loop{wall};
  std::string said;
};

}  // namespace

TEST_CASE("a loop turned by hand calls what is due, the earliest first, and nothing before") {
  Turned at;
  const auto late = at.loop.after(2s, at.says("c"));
  const auto soon = at.loop.after(1s, at.says("b"));
  const auto now = at.loop.after(0s, at.says("a"));
  CHECK(at.said.empty());
  at.loop.turn();
  CHECK(at.said == "a");
  CHECK(at.loop.due() == std::vector<Instant>{kNewYear + 2s, kNewYear + 1s});
  at.wall.advance(5s);
  at.loop.turn();
  at.loop.turn();
  CHECK(at.said == "abc");
}

TEST_CASE("letting go of a timer of a loop turned by hand cancels it, also in the same turn") {
  Turned at;
  std::shared_ptr<void> second;
  auto gone = at.loop.after(0s, at.says("x"));
  const auto first = at.loop.after(0s, [&] { second.reset(); });
  second = at.loop.after(0s, at.says("y"));
  gone.reset();
  at.loop.turn();
  CHECK(at.said.empty());
  CHECK(at.loop.due().empty());
}

TEST_CASE("what a turn brings with it comes in the same turn, up to so many calls") {
  Turned at;
  int calls = 0;
  std::function<void()> again = [&] {
    ++calls;
    at.loop.post(again);
  };
  again();
  at.loop.turn(4);
  CHECK(calls == 5);
}

TEST_CASE("a call that throws leaves the others for the next turn") {
  Turned at;
  at.loop.post([] { throw std::runtime_error("no"); });
  at.loop.post(at.says("a"));
  CHECK_THROWS_AS(at.loop.turn(), std::runtime_error);
  CHECK(at.said.empty());
  at.loop.turn();
  CHECK(at.said == "a");
}

TEST_CASE("work beside a loop turned by hand is done at once, or when it is asked for") {
  Turned at;
  at.loop.offload(at.says("a"), at.says("b"));
  CHECK(at.said == "ab");
  at.loop.hold_offloaded(true);
  at.loop.offload(at.says("c"), at.says("d"));
  auto given_up = at.loop.offload({"", 0, [](Pace&) {}, at.says("x")});
  CHECK(at.said == "ab");
  given_up.reset();
  CHECK(at.loop.do_offloaded());
  CHECK(at.said == "abcd");
  CHECK_FALSE(at.loop.do_offloaded());
  CHECK(at.loop.offloaded() == 3);
}

}  // namespace emulator::test
