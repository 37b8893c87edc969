#include "emulator/http/offload.h"

#include <doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using test::get;
using test::RawClient;
using test::Served;
using test::text_reply;

TEST_CASE("heavy work leaves the loop free and comes back to it") {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Server* server = nullptr;
  std::atomic<bool> same_thread{false};
  std::atomic<bool> back{false};
  Served served([&](const std::shared_ptr<const Request>& request, const Respond& respond) {
    if (request->path == "/light") return respond(text_reply("light"));
    const auto result = std::make_shared<std::string>();
    const auto loop = std::this_thread::get_id();
    server->offload(
        [result, released, loop, &same_thread] {
          same_thread = std::this_thread::get_id() == loop;
          released.wait();
          *result = "heavy";
        },
        [result, respond, loop, &back] {
          back = std::this_thread::get_id() == loop;
          respond(text_reply(*result));
        });
  });
  server = &served.server();
  RawClient heavy(served.port());
  heavy.send(get("/heavy"));
  RawClient light(served.port());
  CHECK(light.ask(get("/light")).body == "light");
  release.set_value();
  CHECK(heavy.read_reply().body == "heavy");
  CHECK_FALSE(same_thread);
  CHECK(back);
}

TEST_CASE("all work is done when there is more of it than threads") {
  static constexpr int kJobs = 500;
  std::atomic<int> worked{0};
  std::promise<int> all;
  Served served(test::echo_path());
  served.on_loop([&] {
    const auto done = std::make_shared<int>(0);
    for (int i = 0; i < kJobs; ++i) {
      served.server().offload([&worked] { ++worked; },
                              [&all, done] {
                                if (++*done == kJobs) all.set_value(*done);
                              });
    }
  });
  auto finished = all.get_future();
  REQUIRE(finished.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(worked == kJobs);
}

TEST_CASE("work that throws is reported on the loop") {
  std::promise<std::string> reported;
  auto hooks = Served::hooks(test::echo_path());
  hooks.protocol = [&reported](unsigned, std::string_view why) {
    reported.set_value(std::string(why));
    return Reply();
  };
  Served served(hooks);
  served.on_loop(
      [&] { served.server().offload([] { throw std::runtime_error("no picture"); }, [] {}); });
  CHECK(reported.get_future().get() == "no picture");
}

TEST_CASE("a server ends with work still waiting") {
  Served served(test::echo_path());
  served.on_loop([&] {
    for (int i = 0; i < 100; ++i) served.server().offload([] {}, [] {});
  });
  served.stop();
}

// What helpers hand back, called by the test's own thread as the loop would.
class Loop {
 public:
  std::function<void(std::function<void()>)> deliver() {
    return [this](std::function<void()> call) {
      const std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      come_.notify_one();
    };
  }
  // Calls what comes until `enough`.
  void run_until(const std::function<bool()>& enough) {
    while (!enough()) {
      std::unique_lock lock(mutex_);
      REQUIRE(come_.wait_for(lock, std::chrono::seconds(60), [this] { return !calls_.empty(); }));
      const auto call = std::move(calls_.front());
      calls_.pop_front();
      lock.unlock();
      if (call) call();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable come_;
  std::deque<std::function<void()>> calls_;
};

Offload::Limits one_at_a_time() {
  Offload::Limits limits;
  limits.running = 1;
  limits.slice = std::chrono::milliseconds(0);
  return limits;
}

TEST_CASE("whoever comes late has a turn while others are in the middle of long work") {
  Loop loop;
  std::atomic<bool> short_one_done{false};
  int done = 0;
  Offload offload(loop.deliver(), one_at_a_time());
  std::vector<std::shared_ptr<void>> handles;
  // Nothing of these ends before the short one has: without turns this would never end.
  for (int i = 0; i < 40; ++i)
    handles.push_back(offload.run({"greedy", 0,
                                   [&](Pace& pace) {
                                     while (!short_one_done) pace.go_on();
                                   },
                                   [&] { ++done; }}));
  handles.push_back(
      offload.run({"modest", 0, [&](Pace&) { short_one_done = true; }, [&] { ++done; }}));
  loop.run_until([&] { return done == 41; });
}

TEST_CASE("work whose handle is let go ends at its next look, and its end is not told") {
  Loop loop;
  Offload offload(loop.deliver(), one_at_a_time());
  std::atomic<int> begun{0};
  bool told = false, reached = false;
  const auto endless = [&](Pace& pace) {
    ++begun;
    for (;;) pace.go_on();
  };
  auto first = offload.run({"a", 0, endless, [&] { told = true; }});
  auto second = offload.run({"a", 0, endless, [&] { told = true; }});
  while (begun == 0) std::this_thread::yield();
  second.reset();  // in the middle or not begun
  first.reset();
  const auto third = offload.run({"a", 0, [](Pace&) {}, [&] { reached = true; }});
  loop.run_until([&] { return reached; });
  CHECK_FALSE(told);
}

TEST_CASE("what has not begun when it is given up never does") {
  Loop loop;
  Offload offload(loop.deliver(), one_at_a_time());
  std::promise<void> release;
  bool first_done = false, last_done = false;
  std::atomic<bool> worked{false};
  const auto first = offload.run(
      {"a", 0, [&](Pace&) { release.get_future().wait(); }, [&] { first_done = true; }});
  auto second = offload.run({"b", 0, [&](Pace&) { worked = true; }, [] {}});
  second.reset();
  const auto last = offload.run({"c", 0, [](Pace&) {}, [&] { last_done = true; }});
  release.set_value();
  loop.run_until([&] { return first_done && last_done; });
  CHECK_FALSE(worked);
}

TEST_CASE("no more is begun at once than the limits of number and room allow") {
  for (const std::size_t room : {std::size_t{1}, std::size_t{100}}) {
    Loop loop;
    Offload::Limits limits = one_at_a_time();
    limits.begun = 3;
    limits.room = 200;
    Offload offload(loop.deliver(), limits);
    std::atomic<int> inside{0}, most{0};
    std::atomic<bool> all_there{false};
    int done = 0;
    std::vector<std::shared_ptr<void>> handles;
    for (int i = 0; i < 12; ++i)
      handles.push_back(offload.run({std::to_string(i), room,
                                     [&](Pace& pace) {
                                       most = std::max(most.load(), ++inside);
                                       while (!all_there) std::this_thread::yield();
                                       for (int k = 0; k < 20; ++k) pace.go_on();
                                       --inside;
                                     },
                                     [&] { ++done; }}));
    all_there = true;
    loop.run_until([&] { return done == 12; });
    CHECK(most <= (room == 1 ? 3 : 2));
    CHECK(most > 1);
  }
}

TEST_CASE("the helpers end with work in the middle, and handles may outlive them") {
  Loop loop;
  std::vector<std::shared_ptr<void>> handles;
  std::atomic<int> begun{0};
  bool told = false;
  {
    Offload offload(loop.deliver(), one_at_a_time());
    for (int i = 0; i < 6; ++i)
      handles.push_back(offload.run({std::to_string(i), 0,
                                     [&](Pace& pace) {
                                       ++begun;
                                       for (;;) pace.go_on();
                                     },
                                     [&] { told = true; }}));
    while (begun < 3) std::this_thread::yield();
  }
  handles.clear();
  CHECK_FALSE(told);
}

}  // namespace
}  // namespace emulator::http
