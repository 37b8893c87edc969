#include <doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

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

}  // namespace
}  // namespace emulator::http
