#include "emulator/http/turns.h"

#include <doctest.h>

#include <optional>
#include <string>

#include "emulator/http/message.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct HandClock final : TurnClock {
  nanoseconds passing() const override { return passed; }
  nanoseconds processor() const override { return used; }
  void work(nanoseconds time) {
    passed += time;
    used += time;
  }
  nanoseconds passed{1s};
  nanoseconds used{0};
};

struct Watched {
  HandClock clock;
  std::optional<LongTurn> told;
  int tellings = 0;
  TurnWatch watch{clock, 50ms, [this](const LongTurn& turn) {
                    told = turn;
                    ++tellings;
                  }};
  void turn(nanoseconds time) {
    watch.begin();
    clock.work(time);
    watch.end();
  }
};

Request request_of(const char* method, const char* path) {
  Request request;
  request.method = method;
  request.path = path;
  return request;
}

TEST_CASE(
    "a turn that uses more processor time than the limit is counted, and told with its request") {
  Watched loop;
  loop.turn(49ms);
  CHECK(loop.watch.figures().long_turns == 0);
  CHECK(loop.watch.figures().longest_processor == 49ms);
  loop.watch.begin();
  loop.watch.took_in(request_of("POST", "/bfl/v1/flux-dev"));
  loop.clock.work(60ms);
  loop.watch.end();
  CHECK(loop.watch.figures().turns == 2);
  CHECK(loop.watch.figures().long_turns == 1);
  CHECK(loop.watch.figures().longest_processor == 60ms);
  REQUIRE(loop.told);
  CHECK(loop.told->request == "POST /bfl/v1/flux-dev");
  CHECK(loop.told->requests == 1);
  CHECK(loop.told->processor == 60ms);
  loop.turn(70ms);
  CHECK(loop.told->request.empty());
  CHECK(loop.told->requests == 0);
}

TEST_CASE("time that passes without work of ours is no long turn, and is counted beside") {
  Watched loop;
  loop.watch.begin();
  loop.clock.passed += 10s;  // others had the processor
  loop.clock.used += 3ms;
  loop.watch.end();
  CHECK(loop.watch.figures().long_turns == 0);
  CHECK(loop.watch.figures().held == 1);
  CHECK(loop.watch.figures().longest == 10s);
  CHECK(loop.tellings == 0);
}

TEST_CASE("many short turns are never taken for a long one, nor is waiting between turns") {
  Watched loop;
  for (int i = 0; i < 1'000; ++i) {
    loop.turn(3ms);
    loop.clock.passed += i % 7 == 0 ? nanoseconds(1h) : nanoseconds(0);
  }
  CHECK(loop.watch.figures().turns == 1'000);
  CHECK(loop.watch.figures().long_turns == 0);
  CHECK(loop.watch.figures().held == 0);
  loop.turn(3ms);
  loop.turn(26ms);
  CHECK(loop.watch.figures().longest_processor <= 29ms);
}

TEST_CASE("what is called from within a turn belongs to it, and one that throws ends as well") {
  Watched loop;
  turn_marks = &loop.watch;
  try {
    MarkedTurn outer;
    outer.begin();
    loop.clock.work(30ms);
    {
      MarkedTurn inner;
      inner.begin();
      loop.clock.work(30ms);
      inner.end();
    }
    throw 1;
  } catch (int) {
  }
  turn_marks = nullptr;
  CHECK(loop.watch.figures().turns == 1);
  CHECK(loop.watch.figures().long_turns == 1);
  CHECK(loop.told->processor == 60ms);
}

TEST_CASE("the turns of a server's loop are watched, whatever is called by it") {
  HandClock clock;
  ServerOptions options;
  options.port = 0;
  options.turn_clock = &clock;
  std::string told;
  Server* server = nullptr;
  auto hooks = test::Served::hooks(
      [&](const std::shared_ptr<const Request>& request, const Respond& respond) {
        if (request->path == "/slow") clock.work(80ms);
        if (request->path == "/later")
          return server->post([&clock, respond] {
            clock.work(90ms);
            respond(test::text_reply("later"));
          });
        respond(test::text_reply("done"));
      });
  hooks.long_turn = [&](const LongTurn& turn) { told += turn.request + ";"; };
  test::Served served(hooks, options);
  server = &served.server();
  test::RawClient client(served.port());
  CHECK(client.ask(test::get("/quick")).body == "done");
  CHECK(client.ask(test::get("/slow")).body == "done");
  CHECK(client.ask(test::get("/later")).body == "later");
  served.stop();
  CHECK(told == "GET /slow;;");
  CHECK(served.server().figures().turns.long_turns == 2);
  CHECK(served.server().figures().turns.longest_processor == 90ms);
}

}  // namespace
}  // namespace emulator::http
