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

// A dispatcher with a loop that turns when it is told to. Groups whose name begins with "hurried"
// are.
struct Loop {
  explicit Loop(Dispatcher::Limits limits = {}) : dispatcher(limits, wall, after(), hurried()) {}

  Dispatcher::After after() {
    return [this](Duration wait, std::function<void()> work) {
      waits.push_back(wait);
      calls.emplace_back(wait, std::move(work));
      return std::make_shared<int>();
    };
  }
  ~Loop() { dispatcher.clear(); }

  static Dispatcher::Hurried hurried() {
    return [](const std::string& group) { return group.starts_with("hurried"); };
  }
  // Calls what was put off first, at once.
  bool turn() {
    if (calls.empty()) return false;
    const auto work = std::move(calls.front().second);
    calls.pop_front();
    work();
    return true;
  }
  // The same when its time has come.
  void fire() {
    REQUIRE(!calls.empty());
    wall.advance(calls.front().first);
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
  std::deque<std::pair<Duration, std::function<void()>>> calls;
  std::vector<Duration> waits;
  std::string seen;
  std::map<std::string, int> ran;
  Dispatcher dispatcher;
  std::map<std::string, std::deque<Dispatcher::Place>> places;
};

TEST_CASE("only so many run at once, and groups take turns") {
  Loop loop({3, 2});
  for (int i = 0; i < 4; ++i) loop.enter("a", /*together=*/true);
  CHECK(loop.seen == "aa");  // its share
  for (int i = 0; i < 2; ++i) loop.enter("b", /*together=*/true);
  CHECK(loop.seen == "aab");
  loop.leave("a", 0ms);
  CHECK(loop.seen == "aaba");
  loop.leave("a", 0ms);
  CHECK(loop.seen == "aabab");
  CHECK(loop.dispatcher.running() == 3);
  loop.leave("b", 0ms);
  loop.leave("b", 0ms);
  loop.leave("a", 0ms);
  CHECK(loop.seen == "aababa");
  loop.leave("a", 0ms);
  CHECK(loop.dispatcher.running() == 0);
}

TEST_CASE("groups that never leave keep places for those that come") {
  for (const int groups : {8, 60, 200}) {
    CAPTURE(groups);
    Loop loop({256, 32});
    for (int i = 0; i < 100; ++i)
      for (int group = 0; group < groups; ++group) loop.enter("hurried " + std::to_string(group));
    CHECK(loop.dispatcher.running() < 256);
    CHECK(loop.dispatcher.running() > 190);
    for (int group = 0; group < groups; ++group)
      CHECK(loop.ran["hurried " + std::to_string(group)] > 0);
    for (int i = 0; i < 50; ++i) {
      loop.enter("me", /*together=*/true);
      CHECK(loop.ran["me"] == i + 1);
      loop.leave("me", 0ms);
    }
    loop.dispatcher.clear();
  }
}

TEST_CASE("a place that is given back at once lets the next one in") {
  Loop loop({1, 1});
  int ran = 0;
  loop.enter("a");
  for (int i = 0; i < 100'000; ++i)
    loop.dispatcher.enter(
        "a", [&ran](const Dispatcher::Place&) { ++ran; }, /*together=*/true);
  CHECK(ran == 0);
  loop.leave("a", 0ms);
  CHECK(ran == 100'000);
  CHECK(loop.dispatcher.running() == 0);
}

TEST_CASE("a place that nothing was made of is given back, and the next need not wait") {
  Loop loop({4, 4});
  int ran = 0;
  for (int i = 0; i < 10; ++i)
    loop.dispatcher.enter("a", [&ran](Dispatcher::Place first) {
      const Dispatcher::Place place(std::move(first));  // one place, whoever has it
      ++ran;
    });
  CHECK(ran == 10);
  CHECK(loop.calls.empty());
  CHECK(loop.dispatcher.running() == 0);
  // One that is kept, and one behind it that waits for its distance, until it is not to be had.
  loop.enter("a");
  loop.enter("a");
  CHECK(loop.seen == "a");
  CHECK(loop.dispatcher.running() == 1);
  REQUIRE(loop.calls.size() == 1);
  loop.leave("a", std::nullopt);
  CHECK(loop.seen == "aa");
  loop.turn();
  CHECK(loop.seen == "aa");
  CHECK(loop.dispatcher.running() == 1);
}

TEST_CASE("a place that takes another's gives its own back") {
  Loop loop({4, 4});
  loop.enter("a", /*together=*/true);
  loop.enter("a", /*together=*/true);
  loop.places["a"].front() = std::move(loop.places["a"].back());
  loop.places["a"].pop_back();
  CHECK(loop.dispatcher.running() == 1);
  loop.places.clear();
  CHECK(loop.dispatcher.running() == 0);
  Dispatcher::Place none;
  CHECK_FALSE(none);
  none.give_back(1s);
}

TEST_CASE("after clearing, nobody who waited is called") {
  Loop loop({1, 1});
  for (int i = 0; i < 3; ++i) loop.enter("a", /*together=*/true);
  CHECK(loop.seen == "a");
  loop.dispatcher.clear();
  loop.leave("a", std::nullopt);
  CHECK(loop.seen == "a");
  CHECK(loop.dispatcher.running() == 0);
  CHECK(loop.dispatcher.waiting("a") == 0);
}

TEST_CASE("what takes long begins at a distance, unless somebody waits for it") {
  Loop loop({8, 4});
  for (int i = 0; i < 12; ++i) loop.enter("a");
  CHECK(loop.seen == "a");  // nobody knows yet how long it takes
  REQUIRE(loop.calls.size() == 1);
  CHECK(loop.calls[0].first == Dispatcher::kApart);
  loop.leave("a", 16ms);
  CHECK(loop.seen == "a");
  loop.enter("b");
  CHECK(loop.seen == "ab");  // of another group
  loop.fire();
  CHECK(loop.seen == "aba");
  REQUIRE(loop.calls.size() == 1);
  CHECK(loop.calls[0].first == 2ms);  // half of what four places need to be taken all the time
  for (int i = 0; i < 3; ++i) loop.fire();
  CHECK(loop.seen == "abaaaa");
  CHECK(loop.calls.empty());  // its share
  loop.leave("a", 1h);
  REQUIRE(loop.calls.size() == 1);
  loop.fire();
  CHECK(loop.seen == "abaaaaa");
  loop.wall.advance(10ms);
  loop.leave("a", 1h);  // whose place is free only now has waited enough
  CHECK(loop.seen == "abaaaaaa");
  loop.leave("a", 1h);
  REQUIRE(loop.calls.size() == 1);
  CHECK(loop.calls[0].first == Dispatcher::kMostApart);
  // Duplicates meet each other, and whoever moves a clock waits for each.
  loop.seen.clear();
  loop.enter("c");
  loop.enter("c", /*together=*/true);
  CHECK(loop.seen == "cc");
}

TEST_CASE("a group that is hurried keeps no distance") {
  Loop loop({8, 4});
  for (int i = 0; i < 9; ++i) loop.enter("hurried");
  CHECK(loop.ran["hurried"] == 4);
  CHECK(loop.calls.empty());
}

TEST_CASE("each job has a turn of the loop to itself, the first at once") {
  Loop loop;
  for (const char* name : {"a", "b", "c"}) loop.dispatcher.run("me", loop.job(name, 1us));
  CHECK(loop.seen == "a");
  CHECK(loop.turn());
  CHECK(loop.seen == "ab");
  CHECK(loop.turn());
  CHECK(loop.seen == "abc");
  CHECK_FALSE(loop.turn());  // nobody waits
  loop.dispatcher.run("me", loop.job("d", 1us));
  CHECK(loop.seen == "abc");
  CHECK(loop.turn());
  loop.wall.advance(Dispatcher::kGap);
  loop.dispatcher.run("me", loop.job("e", 1us));
  CHECK(loop.seen == "abcde");
}

TEST_CASE("jobs keep their gap, but for those that somebody waits for") {
  Loop loop;
  loop.dispatcher.run("me", [&] {
    loop.job("a", 1us)();
    loop.dispatcher.run("hurried", loop.job("b", 1us));
    loop.dispatcher.run("me", loop.job("c", 1us));
  });
  while (loop.turn()) continue;
  CHECK(loop.seen == "abc");
  CHECK(loop.waits == std::vector<Duration>{0s, Dispatcher::kGap});
}

TEST_CASE("a job that hands in another one has it come after those that wait") {
  Loop loop;
  loop.dispatcher.run("me", [&] {
    loop.dispatcher.run("me", loop.job("c", 1us));
    loop.job("a", 1us)();
  });
  loop.dispatcher.run("me", loop.job("d", 1us));
  CHECK(loop.seen == "a");
  while (loop.turn()) continue;
  CHECK(loop.seen == "acd");
}

TEST_CASE("whoever is let in has a turn like any other job") {
  Loop loop({8, 4});
  loop.dispatcher.run("me", loop.job("a", 1us));
  loop.enter("b", /*together=*/true);
  loop.enter("c", /*together=*/true);
  CHECK(loop.seen == "a");
  CHECK(loop.dispatcher.running() == 2);  // the places are theirs
  while (loop.turn()) continue;
  CHECK(loop.seen == "abc");
}

TEST_CASE("what takes no time needs no turn") {
  Loop loop;
  loop.dispatcher.run("me", [&] {
    loop.dispatcher.run("me", loop.job("b", 0s));
    loop.job("a", 0s)();
  });
  loop.dispatcher.run("me", loop.job("c", 0s));
  CHECK(loop.seen == "abc");
  CHECK_FALSE(loop.turn());
}

TEST_CASE("a job that throws does not keep the others from their turn") {
  Loop loop;
  loop.dispatcher.run("me", loop.job("a", 1us));
  loop.dispatcher.run("me", [] { throw std::runtime_error("no"); });
  loop.dispatcher.run("me", loop.job("c", 1us));
  CHECK_THROWS_AS(loop.turn(), std::runtime_error);
  while (loop.turn()) continue;
  CHECK(loop.seen == "ac");
}

}  // namespace
}  // namespace emulator::webhook
