#include "emulator/base/clock.h"

#include <doctest.h>

#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {

TEST_CASE("a virtual clock runs with the wall, faster, or not at all") {
  ManualWall wall;
  VirtualClock clock(wall, kNewYear, 1);
  wall.advance(5s);
  CHECK(clock.now() == kNewYear + 5s);
  clock.run_at(10);
  wall.advance(1s);
  CHECK(clock.now() == kNewYear + 15s);
  clock.run_at(0);
  wall.advance(1h);
  CHECK(clock.now() == kNewYear + 15s);
  CHECK(clock.frozen());
}

TEST_CASE("setting a clock keeps its speed, forward and back") {
  ManualWall wall;
  VirtualClock clock(wall, kNewYear, 2);
  clock.set(kNewYear + 1h);
  wall.advance(3s);
  CHECK(clock.now() == kNewYear + 1h + 6s);
  clock.set(kNewYear);
  wall.advance(1s);
  CHECK(clock.now() == kNewYear + 2s);
}

TEST_CASE("a clock stops at the latest time it can show, whatever its speed") {
  ManualWall wall;
  for (const double speed : {1.0, 2.0, 1e6, 1e300}) {
    VirtualClock clock(wall, VirtualClock::kLatest - 1s, speed);
    wall.advance(2s);
    CHECK(clock.now() == VirtualClock::kLatest);
    wall.advance(24h * 365 * 100);
    CHECK(clock.now() == VirtualClock::kLatest);
    clock.run_at(speed);
    CHECK(clock.now() == VirtualClock::kLatest);
    CHECK_FALSE(clock.wall_time_until(VirtualClock::kLatest + 1s));
    wall = ManualWall();
  }
  VirtualClock clock(wall, Instant::max(), 1);
  CHECK(clock.now() == VirtualClock::kLatest);
  clock.set(Instant::min());
  CHECK(clock.now() == VirtualClock::kEarliest);
}

TEST_CASE("the wall's time until an instant is never less than it takes, and bounded") {
  ManualWall wall;
  for (const double speed : {1e-300, 1e-9, 0.3, 1.0, 7.0, 1e6}) {
    CAPTURE(speed);
    VirtualClock clock(wall, kNewYear, speed);
    CHECK(clock.wall_time_until(kNewYear) == Duration::zero());
    const auto wait = clock.wall_time_until(kNewYear + 10ms);
    REQUIRE(wait);
    CHECK(*wait > Duration::zero());
    CHECK(*wait <= VirtualClock::kLongestWait);
    wall.advance(*wait);
    if (*wait < VirtualClock::kLongestWait) CHECK(clock.now() >= kNewYear + 10ms);
  }
  CHECK_FALSE(VirtualClock(wall, kNewYear, 0).wall_time_until(kNewYear + 1s));
}

}  // namespace emulator::test
