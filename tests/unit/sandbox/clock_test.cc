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

}  // namespace emulator::test
