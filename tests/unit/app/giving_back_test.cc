#include "emulator/app/giving_back.h"

#include <doctest.h>

#include <chrono>

#include "emulator/base/manual_loop.h"
#include "tests/support/manual_wall.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

struct Emulator {
  // What was counted once, and is held no more.
  void let_go(std::uint64_t bytes) {
    Charge charge(&memory, Held::kTasks);
    charge.set(bytes);
  }
  void pass(Duration time) {
    wall.advance(time);
    loop.turn();
  }

  test::ManualWall wall;
  ManualLoop loop{wall};
  Memory memory;
  std::uint64_t requests = 0;
  int forgot = 0;
  GivingBack giving{{memory, loop, [this] { return requests; }, [this] { ++forgot; }}};
};

TEST_CASE("much that was let go is given back once nothing was asked for a moment") {
  Emulator at;
  at.let_go(9u << 20);
  CHECK(at.giving.is_worth_it());
  at.giving.soon();
  at.pass(249ms);
  CHECK(at.forgot == 0);
  at.pass(1ms);
  CHECK(at.forgot == 1);
  CHECK_FALSE(at.giving.is_worth_it());
  CHECK(at.loop.due().empty());
}

TEST_CASE("while requests come it is put off, and little is not worth it") {
  Emulator at;
  at.let_go(9u << 20);
  at.giving.soon();
  at.giving.soon();
  CHECK(at.loop.due().size() == 1);
  ++at.requests;
  at.pass(250ms);
  CHECK(at.forgot == 0);
  at.pass(250ms);
  CHECK(at.forgot == 1);
  at.let_go(1u << 20);
  at.giving.soon();
  at.pass(1s);
  CHECK(at.forgot == 1);
}

}  // namespace
}  // namespace emulator
