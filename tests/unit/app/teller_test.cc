#include "emulator/app/teller.h"

#include <doctest.h>

#include <chrono>
#include <string>
#include <utility>

#include "emulator/base/manual_loop.h"
#include "tests/support/manual_wall.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

struct Told {
  Told() {
    surroundings.wall = &wall;
    surroundings.err = [this](const std::string& text) { said += text; };
  }
  http::LongTurn turn(const std::string& request = "GET /", std::size_t requests = 1) {
    http::LongTurn out;
    out.processor = 70ms;
    out.request = request;
    out.requests = requests;
    return out;
  }
  std::string taken() { return std::exchange(said, ""); }

  test::ManualWall wall;
  Surroundings surroundings;
  std::string said;
  Teller teller{surroundings};
};

TEST_CASE("what a terminal would act on is shown, and lines of the log are written as they are") {
  Told at;
  at.teller.tell("a\x1b[31mb\n");
  CHECK(at.taken().find('\x1b') == std::string::npos);
  at.teller.write("a\x1b[31mb\n");
  CHECK(at.taken() == "a\x1b[31mb\n");
}

TEST_CASE(
    "long turns are told at once, then no more than a line in ten seconds, with their number") {
  Told at;
  at.teller.long_turn(at.turn());
  CHECK(at.taken() == "the loop was held for 70 ms of processor time by GET /\n");
  at.teller.long_turn(at.turn());
  at.wall.advance(9s);
  at.teller.long_turn(at.turn());
  CHECK(at.taken().empty());
  at.wall.advance(1s);
  at.teller.long_turn(at.turn("", 0));
  CHECK(at.taken() ==
        "the loop was held for 70 ms of processor time by what was due (3 such turns since the "
        "last line)\n");
}

TEST_CASE("clients that speak another protocol are told of once for each kind") {
  Told at;
  for (const char* why : {"HTTP/2", "HTTP/2", "SOCKS"}) at.teller.turned_away(why);
  CHECK(at.taken() == "a client was turned away: HTTP/2\na client was turned away: SOCKS\n");
}

}  // namespace
}  // namespace emulator
