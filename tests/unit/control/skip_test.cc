// Clocks that skip, step by step.
#include <string>

#include "emulator/base/text.h"
#include "tests/unit/control/api.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

const std::string kSkipClock = "/sandboxes/me/clock";

http::Request poll(const std::string& id) {
  return request("GET", "/bfl/v1/get_result?id=" + id, {{"x-key", "me"}});
}

http::Request direct() {
  return request("POST", "/fal.run/fal-ai/flux/dev", {{"authorization", "Key me:secret"}},
                 R"({"prompt":"a cat"})");
}

std::string status(const std::shared_ptr<World::Later>& later) {
  return later->reply ? Api::json(*later->reply).value("status", "") : "waiting";
}

std::string now(Api& api) {
  return api.call("GET", kSkipClock)["now"].get<std::string>().substr(11, 8);
}

Api& skipping(Api& api, const std::string& scenario) {
  api.scenario("me", scenario);
  CHECK(api.call("POST", kSkipClock, R"({"skip":true})")["skip"] == true);
  return api;
}

}  // namespace

TEST_CASE("skipping is read, set, put back, and refused when it is no truth") {
  Api api;
  CHECK(api.call("GET", kSkipClock)["skip"] == false);
  CHECK(api.call("POST", kSkipClock, R"({"skip":true,"speed":10})")["skip"] == true);
  CHECK(api.call("GET", kSkipClock)["speed"] == 10.0);
  CHECK(api.call("POST", kSkipClock, R"({"skip":false,"advance":"10s"})")["skip"] == false);
  api.call("POST", kSkipClock, R"({"skip":true})");
  api.call("POST", "/sandboxes/me/reset", R"({"what":["clock"]})");
  CHECK(api.call("GET", kSkipClock)["skip"] == false);
  const http::Reply refused = api.reply("POST", kSkipClock, R"({"skip":"yes"})");
  CHECK(refused.status == 400);
  CHECK(refused.body.find("$.skip") != std::string::npos);
}

TEST_CASE("a poll says in the journal how far the clock went for it") {
  Api api;
  skipping(api, "{name: s, defaults: {run: 90s}}");
  const std::string id = api.submit("me");
  CHECK(status(api.world.send_later(poll(id))) == "Ready");
  const Json why = api.call("GET", "/sandboxes/me/requests/2");
  CHECK(why.dump().find("the clock went 90s on, to what the task did next") != std::string::npos);
}

TEST_CASE("nothing is skipped for what has no time of its own") {
  Api api;
  skipping(api,
           "{name: s, rules: [{when: {prompt: stuck}, then: {end: stuck}}, "
           "{when: {prompt: counted}, then: {polls: 2}}, "
           "{when: {on: poll, nth: 3}, then: {delay: 1h}}]}");
  const std::string stuck = api.submit("me", "stuck"), counted = api.submit("me", "counted");
  const auto pending = api.world.send_later(poll(stuck));
  CHECK(status(pending) == "Pending");
  CHECK(status(api.world.send_later(poll(counted))) == "Pending");
  CHECK(now(api) == "00:00:00");
  const auto held = api.world.send_later(poll(counted));
  CHECK(status(held) == "waiting");  // a scripted delay is what somebody asked for
  CHECK(now(api) == "00:00:00");
  api.world.advance("me", 1h);
  CHECK(status(held) == "Ready");
}

TEST_CASE("who waits already is served when skipping begins, one after the other") {
  Api api;
  api.scenario("me",
               "{name: s, defaults: {run: 10m}, rules: "
               "[{when: {nth: 2}, then: {run: 30m}}]}");
  const auto first = api.world.send_later(direct()), second = api.world.send_later(direct());
  CHECK_FALSE(first->reply);
  api.call("POST", kSkipClock, R"({"skip":true})");
  for (int turn = 0; turn < 5; ++turn) api.world.advance_wall(0s);
  REQUIRE(first->reply);
  REQUIRE(second->reply);
  CHECK(now(api) == "00:30:00");
}

TEST_CASE("a synchronous call whose client asked for an earlier end moves no further than that") {
  Api api;
  skipping(api, "{name: s, defaults: {queue: 20s, run: 10m}}");
  http::Request call = direct();
  call.headers.set("x-fal-request-timeout", "5");
  const auto given_up = api.world.send_later(std::move(call));
  for (int turn = 0; turn < 5; ++turn) api.world.advance_wall(0s);
  REQUIRE(given_up->reply);
  CHECK(given_up->reply->status == 504);
  CHECK(now(api) == "00:00:05");
}

TEST_CASE("links die while the clock skips, and a cancelled task moves it no more") {
  Api api;
  skipping(api, "{name: s, defaults: {run: 10m, links_live: 5m}}");
  const std::string first = api.submit("me"), second = api.submit("me");
  const auto ready = api.world.send_later(poll(first));
  REQUIRE(status(ready) == "Ready");
  CHECK(now(api) == "00:10:00");
  CHECK(status(api.world.send_later(poll(second))) == "Ready");
  CHECK(now(api) == "00:10:00");  // its end has come as well
  const std::string third = api.submit("me");
  CHECK(status(api.world.send_later(poll(third))) == "Ready");
  const std::string link = Api::json(*ready->reply)["result"]["sample"];
  const auto dead = api.world.send(request("GET", link));
  REQUIRE(dead);
  CHECK(dead->status == 403);
}

TEST_CASE("a sandbox that is let go answers those who wait for its clock") {
  Api api;
  skipping(api, "{name: s, defaults: {run: 10m}}");
  const auto waiting = api.world.send_later(direct());
  CHECK_FALSE(waiting->reply);
  CHECK(api.call("DELETE", "/sandboxes/me")["deleted"] == true);
  REQUIRE(waiting->reply);
  api.world.advance_wall(1s);  // and nothing comes of its turn
}

}  // namespace emulator::test
