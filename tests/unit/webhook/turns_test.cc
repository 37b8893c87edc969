#include "emulator/webhook/turns.h"

#include <doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/manual_wall.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;

// Turns with a loop that turns when it is told to.
struct Stage {
  bool turn() {
    if (calls.empty()) return false;
    const auto call = std::move(calls.front());
    calls.erase(calls.begin());
    call();
    return true;
  }
  std::function<void()> job(const std::string& name, Duration takes) {
    return [this, name, takes] {
      seen += name;
      wall.advance(takes);
    };
  }

  test::ManualWall wall;
  std::vector<std::function<void()>> calls;
  std::vector<Duration> waits;
  std::string seen;
  Turns turns{wall, [this](Duration wait, std::function<void()> work) {
                waits.push_back(wait);
                calls.push_back(std::move(work));
                return std::make_shared<int>(0);
              }};
};

TEST_CASE("each job has a turn of the loop to itself, the first at once") {
  Stage stage;
  for (const char* name : {"a", "b", "c"}) stage.turns.run(stage.job(name, 1us));
  CHECK(stage.seen == "a");
  CHECK(stage.turn());
  CHECK(stage.seen == "ab");
  CHECK(stage.turn());
  CHECK(stage.seen == "abc");
  CHECK_FALSE(stage.turn());  // nobody waits
  stage.turns.run(stage.job("d", 1us));
  CHECK(stage.seen == "abc");
  CHECK(stage.turn());
  stage.wall.advance(Turns::kGap);
  stage.turns.run(stage.job("e", 1us));
  CHECK(stage.seen == "abcde");
}

TEST_CASE("jobs keep their distance, but for those that somebody waits for") {
  Stage stage;
  stage.turns.run([&] {
    stage.job("a", 1us)();
    stage.turns.run(stage.job("b", 1us), /*urgent=*/true);
    stage.turns.run(stage.job("c", 1us));
  });
  while (stage.turn()) continue;
  CHECK(stage.seen == "abc");
  CHECK(stage.waits == std::vector<Duration>{0s, Turns::kGap});
}

TEST_CASE("a job that hands in another one has it come after those that wait") {
  Stage stage;
  stage.turns.run([&] {
    stage.turns.run(stage.job("c", 1us));
    stage.job("a", 1us)();
  });
  stage.turns.run(stage.job("d", 1us));
  CHECK(stage.seen == "a");
  while (stage.turn()) continue;
  CHECK(stage.seen == "acd");
}

TEST_CASE("what takes no time needs no turn") {
  Stage stage;
  stage.turns.run([&] {
    stage.turns.run(stage.job("b", 0s));
    stage.job("a", 0s)();
  });
  stage.turns.run(stage.job("c", 0s));
  CHECK(stage.seen == "abc");
  CHECK_FALSE(stage.turn());
}

TEST_CASE("a job that throws does not keep the others from their turn") {
  Stage stage;
  stage.turns.run(stage.job("a", 1us));
  stage.turns.run([] { throw std::runtime_error("no"); });
  stage.turns.run(stage.job("c", 1us));
  CHECK_THROWS_AS(stage.turn(), std::runtime_error);
  while (stage.turn()) continue;
  CHECK(stage.seen == "ac");
}

}  // namespace
}  // namespace emulator::webhook
