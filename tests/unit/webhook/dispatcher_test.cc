#include "emulator/webhook/dispatcher.h"

#include <doctest.h>

#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/manual_wall.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;

// A loop that turns when it is told to, and remembers what it was asked to wait for.
class Noted final : public Loop {
 public:
  void post(std::function<void()>) override {}
  std::shared_ptr<void> after(Duration wait, std::function<void()> work) override {
    waits.push_back(wait);
    calls.emplace_back(wait, std::move(work));
    return std::make_shared<int>();
  }
  std::shared_ptr<void> offload(BackgroundWork) override { return nullptr; }
  using Loop::offload;

  std::deque<std::pair<Duration, std::function<void()>>> calls;
  std::vector<Duration> waits;
};

// A dispatcher, and who was let in. Groups whose name begins with "hurried" are.
struct Gate {
  explicit Gate(Dispatcher::Limits limits = {}) : dispatcher(limits, wall, loop, questions()) {}
  ~Gate() { dispatcher.clear(); }

  Dispatcher::Questions questions() {
    return {[](const std::string& group) { return group.starts_with("hurried"); },
            [this](const std::string&) { return behind; }};
  }
  // Calls what was put off first, at once.
  bool turn() {
    if (loop.calls.empty()) return false;
    const auto work = std::move(loop.calls.front().second);
    loop.calls.pop_front();
    work();
    return true;
  }
  // The same when its time has come.
  void fire() {
    REQUIRE(!loop.calls.empty());
    wall.advance(loop.calls.front().first);
    turn();
  }
  std::function<void()> job(const std::string& name, Duration takes) {
    return [this, name, takes] {
      seen += name;
      wall.advance(takes);
    };
  }
  // Has a place kept until `leave`.
  void enter(const std::string& group, bool together = false) {
    dispatcher.enter(
        group,
        [this, group](Dispatcher::Place place) {
          seen += group;
          ++ran[group];
          places[group].push_back(std::move(place));
        },
        together);
  }
  void leave(const std::string& group, std::optional<Duration> took) {
    Dispatcher::Place place = std::move(places[group].front());
    places[group].pop_front();
    place.give_back(took);
  }

  test::ManualWall wall;
  Noted loop;
  std::string seen;
  std::size_t behind = 0;  // in each group
  std::map<std::string, int> ran;
  Dispatcher dispatcher;
  std::map<std::string, std::deque<Dispatcher::Place>> places;
};

TEST_CASE("only so many run at once, and groups take turns") {
  Gate gate({3, 2});
  for (int i = 0; i < 4; ++i) gate.enter("a", /*together=*/true);
  CHECK(gate.seen == "aa");  // its share
  for (int i = 0; i < 2; ++i) gate.enter("b", /*together=*/true);
  CHECK(gate.seen == "aab");
  gate.leave("a", 0ms);
  CHECK(gate.seen == "aaba");
  gate.leave("a", 0ms);
  CHECK(gate.seen == "aabab");
  CHECK(gate.dispatcher.running() == 3);
  gate.leave("b", 0ms);
  gate.leave("b", 0ms);
  gate.leave("a", 0ms);
  CHECK(gate.seen == "aababa");
  gate.leave("a", 0ms);
  CHECK(gate.dispatcher.running() == 0);
}

TEST_CASE("groups that never leave keep places for those that come") {
  for (const int groups : {8, 60, 200}) {
    CAPTURE(groups);
    Gate gate({256, 32});
    for (int i = 0; i < 100; ++i)
      for (int group = 0; group < groups; ++group) gate.enter("hurried " + std::to_string(group));
    CHECK(gate.dispatcher.running() < 256);
    CHECK(gate.dispatcher.running() > 190);
    for (int group = 0; group < groups; ++group)
      CHECK(gate.ran["hurried " + std::to_string(group)] > 0);
    for (int i = 0; i < 50; ++i) {
      gate.enter("me", /*together=*/true);
      CHECK(gate.ran["me"] == i + 1);
      gate.leave("me", 0ms);
    }
    gate.dispatcher.clear();
  }
}

TEST_CASE("a place that is given back at once lets the next one in") {
  Gate gate({1, 1});
  int ran = 0;
  gate.enter("a");
  for (int i = 0; i < 100'000; ++i)
    gate.dispatcher.enter(
        "a", [&ran](const Dispatcher::Place&) { ++ran; }, /*together=*/true);
  CHECK(ran == 0);
  gate.leave("a", 0ms);
  CHECK(ran == 100'000);
  CHECK(gate.dispatcher.running() == 0);
}

TEST_CASE("a place that nothing was made of is given back, and the next need not wait") {
  Gate gate({4, 4});
  int ran = 0;
  for (int i = 0; i < 10; ++i)
    gate.dispatcher.enter("a", [&ran](Dispatcher::Place first) {
      const Dispatcher::Place place(std::move(first));  // one place, whoever has it
      ++ran;
    });
  CHECK(ran == 10);
  CHECK(gate.loop.calls.empty());
  CHECK(gate.dispatcher.running() == 0);
  // One that is kept, and one behind it that waits for its distance, until it is not to be had.
  gate.enter("a");
  gate.enter("a");
  CHECK(gate.seen == "a");
  CHECK(gate.dispatcher.running() == 1);
  REQUIRE(gate.loop.calls.size() == 1);
  gate.leave("a", std::nullopt);
  CHECK(gate.seen == "aa");
  gate.turn();
  CHECK(gate.seen == "aa");
  CHECK(gate.dispatcher.running() == 1);
}

TEST_CASE("a place that takes another's gives its own back") {
  Gate gate({4, 4});
  gate.enter("a", /*together=*/true);
  gate.enter("a", /*together=*/true);
  gate.places["a"].front() = std::move(gate.places["a"].back());
  gate.places["a"].pop_back();
  CHECK(gate.dispatcher.running() == 1);
  gate.places.clear();
  CHECK(gate.dispatcher.running() == 0);
  Dispatcher::Place none;
  CHECK_FALSE(none);
  none.give_back(1s);
}

TEST_CASE("after clearing, nobody who waited is called") {
  Gate gate({1, 1});
  for (int i = 0; i < 3; ++i) gate.enter("a", /*together=*/true);
  CHECK(gate.seen == "a");
  gate.dispatcher.clear();
  gate.leave("a", std::nullopt);
  CHECK(gate.seen == "a");
  CHECK(gate.dispatcher.running() == 0);
  CHECK(gate.dispatcher.waiting("a") == 0);
}

TEST_CASE("what takes long begins at a distance, unless somebody waits for it") {
  Gate gate({8, 4});
  for (int i = 0; i < 12; ++i) gate.enter("a");
  CHECK(gate.seen == "a");  // nobody knows yet how long it takes
  REQUIRE(gate.loop.calls.size() == 1);
  CHECK(gate.loop.calls[0].first == Dispatcher::kApart);
  gate.leave("a", 16ms);
  CHECK(gate.seen == "a");
  gate.enter("b");
  CHECK(gate.seen == "ab");  // of another group
  gate.fire();
  CHECK(gate.seen == "aba");
  REQUIRE(gate.loop.calls.size() == 1);
  CHECK(gate.loop.calls[0].first == 2ms);  // half of what four places need to be taken all the time
  for (int i = 0; i < 3; ++i) gate.fire();
  CHECK(gate.seen == "abaaaa");
  CHECK(gate.loop.calls.empty());  // its share
  gate.leave("a", 1h);
  REQUIRE(gate.loop.calls.size() == 1);
  gate.fire();
  CHECK(gate.seen == "abaaaaa");
  gate.wall.advance(10ms);
  gate.leave("a", 1h);  // whose place is free only now has waited enough
  CHECK(gate.seen == "abaaaaaa");
  gate.leave("a", 1h);
  REQUIRE(gate.loop.calls.size() == 1);
  CHECK(gate.loop.calls[0].first == Dispatcher::kMostApart);
  // Duplicates meet each other, and whoever moves a clock waits for each.
  gate.seen.clear();
  gate.enter("c");
  gate.enter("c", /*together=*/true);
  CHECK(gate.seen == "cc");
}

TEST_CASE("a group that is hurried keeps no distance") {
  Gate gate({8, 4});
  for (int i = 0; i < 9; ++i) gate.enter("hurried");
  CHECK(gate.ran["hurried"] == 4);
  CHECK(gate.loop.calls.empty());
}

TEST_CASE("each job has a turn of the loop to itself, the first at once") {
  Gate gate;
  for (const char* name : {"a", "b", "c"}) gate.dispatcher.run("me", gate.job(name, 1us));
  CHECK(gate.seen == "a");
  CHECK(gate.turn());
  CHECK(gate.seen == "ab");
  CHECK(gate.turn());
  CHECK(gate.seen == "abc");
  CHECK_FALSE(gate.turn());  // nobody waits
  gate.dispatcher.run("me", gate.job("d", 1us));
  CHECK(gate.seen == "abc");
  CHECK(gate.turn());
  gate.wall.advance(Dispatcher::kGap);
  gate.dispatcher.run("me", gate.job("e", 1us));
  CHECK(gate.seen == "abcde");
}

TEST_CASE("jobs keep their gap, but for those that somebody waits for") {
  Gate gate;
  gate.dispatcher.run("me", [&] {
    gate.job("a", 1us)();
    gate.dispatcher.run("hurried", gate.job("b", 1us));
    gate.dispatcher.run("me", gate.job("c", 1us));
  });
  while (gate.turn()) continue;
  CHECK(gate.seen == "abc");
  CHECK(gate.loop.waits == std::vector<Duration>{0s, Dispatcher::kGap});
}

TEST_CASE("the more jobs wait, the closer they come, and each still has its turn") {
  Gate gate;
  for (int i = 0; i < 101; ++i) gate.dispatcher.run("me", gate.job("a", 1us));
  while (gate.seen.size() < 101) {
    const std::size_t waiting = 101 - gate.seen.size();
    CAPTURE(waiting);
    const Duration wait = gate.loop.waits.back();
    if (waiting <= Dispatcher::kFew) CHECK(wait == Dispatcher::kGap);
    if (waiting == 8) CHECK(wait == Dispatcher::kGap / 2);
    if (waiting > 80 && waiting < 100) CHECK(wait == 0s);  // the first rest began with one
    gate.fire();
    CHECK(gate.seen.size() == 102 - waiting);
  }
}

TEST_CASE("those who have yet to ask for a place count, unless it is places they wait for") {
  Gate gate({8, 4});
  gate.behind = 12;
  for (int i = 0; i < 3; ++i) gate.enter("me", /*together=*/true);  // three of four places
  gate.enter("you", /*together=*/true);                             // one of four
  gate.dispatcher.run("nobody", gate.job("c", 1us));
  while (gate.turn()) continue;
  gate.loop.waits.clear();
  for (const char* group : {"me", "you", "nobody"}) {
    gate.wall.advance(Dispatcher::kGap);
    gate.dispatcher.run("other", gate.job("a", 1us));
    gate.dispatcher.run(group, gate.job("b", 1us));
    while (gate.turn()) continue;
  }
  CHECK(gate.loop.waits == std::vector<Duration>{Dispatcher::kGap, Dispatcher::kGap * 4 / 13,
                                                 Dispatcher::kGap * 4 / 13});
}

TEST_CASE("a job that hands in another one has it come after those that wait") {
  Gate gate;
  gate.dispatcher.run("me", [&] {
    gate.dispatcher.run("me", gate.job("c", 1us));
    gate.job("a", 1us)();
  });
  gate.dispatcher.run("me", gate.job("d", 1us));
  CHECK(gate.seen == "a");
  while (gate.turn()) continue;
  CHECK(gate.seen == "acd");
}

TEST_CASE("whoever is let in has a turn like any other job") {
  Gate gate({8, 4});
  gate.dispatcher.run("me", gate.job("a", 1us));
  gate.enter("b", /*together=*/true);
  gate.enter("c", /*together=*/true);
  CHECK(gate.seen == "a");
  CHECK(gate.dispatcher.running() == 2);  // the places are theirs
  while (gate.turn()) continue;
  CHECK(gate.seen == "abc");
}

TEST_CASE("what takes no time needs no turn") {
  Gate gate;
  gate.dispatcher.run("me", [&] {
    gate.dispatcher.run("me", gate.job("b", 0s));
    gate.job("a", 0s)();
  });
  gate.dispatcher.run("me", gate.job("c", 0s));
  CHECK(gate.seen == "abc");
  CHECK_FALSE(gate.turn());
}

TEST_CASE("a job that throws does not keep the others from their turn") {
  Gate gate;
  gate.dispatcher.run("me", gate.job("a", 1us));
  gate.dispatcher.run("me", [] { throw std::runtime_error("no"); });
  gate.dispatcher.run("me", gate.job("c", 1us));
  CHECK_THROWS_AS(gate.turn(), std::runtime_error);
  while (gate.turn()) continue;
  CHECK(gate.seen == "ac");
}

}  // namespace
}  // namespace emulator::webhook
