// Everything follows the sandbox's clock: held replies, streams, synchronous calls, rate windows.
#include <string>

#include "emulator/base/text.h"
#include "tests/unit/control/api.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

const std::string kClock = "/sandboxes/me/clock";

std::vector<std::string> kinds(const Json& moved) {
  std::vector<std::string> out;
  for (const Json& item : moved["fired"]) out.push_back(item["kind"]);
  return out;
}

http::Request fal(const std::string& path, const std::string& key = "me") {
  return request("POST", path, {{"authorization", "Key " + key}}, R"({"prompt":"a cat"})");
}

http::Request wavespeed(const std::string& key = "me") {
  return request("POST", "/wavespeed/api/v3/wavespeed-ai/flux-dev",
                 {{"authorization", "Bearer " + key}, {"content-type", "application/json"}},
                 R"({"prompt":"a cat","enable_sync_mode":true})");
}

}  // namespace

TEST_CASE("a clock tells how it was moved") {
  Api api;
  CHECK(api.call("GET", "/sandboxes/me/clock")["moves"].empty());
  api.call("POST", "/sandboxes/me/clock", R"({"advance":"10m"})");
  api.call("POST", "/sandboxes/me/clock", R"({"freeze":true})");
  api.call("POST", "/sandboxes/me/clock", R"({"to":"next"})");
  api.call("POST", "/sandboxes/me/clock", R"({"set":"2025-12-31T00:00:00Z"})");
  const Json moves = api.call("GET", "/sandboxes/me/clock")["moves"];
  CHECK(moves ==
        Json::array({{{"from", "2026-01-01T00:00:00.000Z"}, {"to", "2026-01-01T00:10:00.000Z"}},
                     {{"from", "2026-01-01T00:10:00.000Z"}, {"to", "2025-12-31T00:00:00.000Z"}}}));
  for (int i = 0; i < 200; ++i) api.call("POST", "/sandboxes/me/clock", R"({"advance":"1s"})");
  CHECK(api.call("GET", "/sandboxes/me/clock")["moves"].size() == 100);
  api.call("POST", "/sandboxes/me/reset", R"({"what":["clock"]})");
  CHECK(api.call("GET", "/sandboxes/me/clock")["moves"].empty());
}

TEST_CASE("a clock is read, frozen, set, advanced, sped up and let run") {
  Api api;
  const auto moved = [&](const char* body) { return api.call("POST", kClock, body); };
  CHECK(api.call("GET", kClock)["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(api.call("GET", kClock)["speed"] == 0.0);
  CHECK(moved(R"({"advance":"1h"})")["now"] == "2026-01-01T01:00:00.000Z");
  CHECK(moved(R"({"set":"2025-01-01T00:00:00Z"})")["now"] == "2025-01-01T00:00:00.000Z");
  CHECK(moved(R"({"speed":100})")["speed"] == 100.0);
  api.world.advance_wall(2s);
  CHECK(api.call("GET", kClock)["now"] == "2025-01-01T00:03:20.000Z");
  CHECK(moved(R"({"freeze":true})")["speed"] == 0.0);
  api.world.advance_wall(1h);
  CHECK(api.call("GET", kClock)["now"] == "2025-01-01T00:03:20.000Z");
  CHECK(moved(R"({"freeze":false,"advance":"40s"})")["speed"] == 1.0);
  api.world.advance_wall(5s);
  CHECK(api.call("GET", kClock)["now"] == "2025-01-01T00:04:05.000Z");
}

TEST_CASE("moving lists what fired, in order of time, each with its kind") {
  Api api;
  api.scenario("me",
               "{name: s, defaults: {run: 10s, links_live: 1m}, rules: "
               "[{when: {on: poll}, then: {delay: 3s}}]}");
  const std::string id = api.submit("me");
  const auto held = api.world.send_later(request("GET", "/bfl/v1/get_result?id=" + id));
  const Json still = api.call("GET", kClock);
  REQUIRE(still["pending"].size() == 1);
  CHECK(still["pending"][0]["kind"] == "reply");
  CHECK(still["pending"][0]["at"] == "2026-01-01T00:00:03.000Z");
  const Json moved = api.call("POST", kClock, R"({"advance":"10m"})");
  CHECK(kinds(moved) == std::vector<std::string>{"reply", "task", "link"});
  CHECK(moved["fired"][0]["id"] == "me-2");
  CHECK(moved["fired"][1] ==
        Json({{"at", "2026-01-01T00:00:10.000Z"}, {"kind", "task"}, {"id", id}}));
  CHECK(moved["fired"][2]["at"] == "2026-01-01T00:01:10.000Z");
  CHECK(moved["pending"].empty());
  REQUIRE(held->reply);
  // Let go at its own time, not at the end of the move.
  CHECK(held->reply->headers.get("date") == "Thu, 01 Jan 2026 00:00:03 GMT");
}

TEST_CASE("to the next event, and the next, until nothing is to come") {
  Api api;
  api.scenario("me", "{name: s, defaults: {queue: 2s, run: 3s, links_live: 1m}}");
  api.submit("me");
  std::vector<std::string> times;
  for (int i = 0; i < 4; ++i)
    times.push_back(api.call("POST", kClock, R"({"to":"next"})")["now"].get<std::string>());
  CHECK(times == std::vector<std::string>{"2026-01-01T00:00:02.000Z", "2026-01-01T00:00:05.000Z",
                                          "2026-01-01T00:01:05.000Z", "2026-01-01T00:01:05.000Z"});
}

TEST_CASE("a synchronous call of fal is answered when the clock reaches its end") {
  Api api;
  api.scenario("me", "{name: s, defaults: {run: 30s}}");
  const auto call = api.world.send_later(fal("/fal.run/fal-ai/flux/dev"));
  CHECK(!call->reply);
  api.call("POST", kClock, R"({"advance":"29s"})");
  CHECK(!call->reply);
  const Json moved = api.call("POST", kClock, R"({"advance":"1s"})");
  REQUIRE(call->reply);
  CHECK(call->reply->status == 200);
  CHECK(kinds(moved) == std::vector<std::string>{"task", "reply"});
}

TEST_CASE("a synchronous call of WaveSpeed is answered when the clock reaches its end") {
  Api api;
  api.scenario("me", "{name: s, defaults: {run: 30s}}");
  const auto call = api.world.send_later(wavespeed());
  CHECK(!call->reply);
  api.call("POST", kClock, R"({"advance":"29s"})");
  CHECK(!call->reply);
  const Json moved = api.call("POST", kClock, R"({"to":"next"})");
  REQUIRE(call->reply);
  CHECK(call->reply->status == 200);
  CHECK(moved["now"] == "2026-01-01T00:00:30.000Z");
}

TEST_CASE("a status stream of fal follows the clock") {
  Api api;
  api.scenario("me", "{name: s, defaults: {queue: 5s, run: 30s}}");
  const auto made = api.world.send(fal("/queue.fal.run/fal-ai/flux/dev"));
  REQUIRE(made);
  const std::string id = Api::json(*made)["request_id"];
  const auto head =
      api.world.send(request("GET", "/queue.fal.run/fal-ai/flux/requests/" + id + "/status/stream",
                             {{"authorization", "Key me"}}));
  REQUIRE(head);
  REQUIRE(head->stream);
  const auto sink = std::make_shared<Collected>();
  head->stream(sink);
  CHECK(sink->text.find("IN_QUEUE") != std::string::npos);
  CHECK(sink->text.find("IN_PROGRESS") == std::string::npos);
  api.call("POST", kClock, R"({"advance":"5s"})");
  CHECK(sink->text.find("IN_PROGRESS") != std::string::npos);
  CHECK(!sink->ended);
  api.call("POST", kClock, R"({"advance":"30s"})");
  CHECK(sink->text.find("COMPLETED") != std::string::npos);
  CHECK(sink->ended);
}

TEST_CASE("a rate window opens again when the clock has passed it") {
  WorldOptions options;
  options.contracts = {
      "provider: bfl\nvalues: { rate_limit: { submissions: 2, window: 1m, announced: true } }\n"};
  Api api(options);
  CHECK(!api.submit("me").empty());
  CHECK(!api.submit("me").empty());
  CHECK(api.submit("me").empty());
  api.call("POST", kClock, R"({"advance":"59s"})");
  CHECK(api.submit("me").empty());
  api.call("POST", kClock, R"({"advance":"1s"})");
  CHECK(!api.submit("me").empty());
}

TEST_CASE("a clock that is sped up lets held replies go sooner by the wall") {
  Api api;
  api.scenario("me", "{name: s, defaults: {run: 100s}}");
  const auto call = api.world.send_later(fal("/fal.run/fal-ai/flux/dev"));
  api.call("POST", kClock, R"({"speed":10})");
  api.world.advance_wall(9s);
  CHECK(!call->reply);
  api.world.advance_wall(1s);
  CHECK(call->reply);
}

TEST_CASE("two sandboxes never touch each other's clock") {
  Api api;
  for (const char* box : {"me", "you"})
    api.scenario(box, "{name: s, defaults: {run: 30s, links_live: 1m}}");
  const auto mine = api.world.send_later(fal("/fal.run/fal-ai/flux/dev", "me"));
  const auto yours = api.world.send_later(fal("/fal.run/fal-ai/flux/dev", "you"));
  const std::string your_task = api.submit("you");
  const Json moved = api.call("POST", kClock, R"({"advance":"1h"})");
  CHECK(kinds(moved) == std::vector<std::string>{"task", "reply", "link"});
  CHECK(mine->reply);
  CHECK(!yours->reply);
  CHECK(api.call("GET", "/sandboxes/you")["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(api.call("GET", "/sandboxes/you/tasks/" + your_task)["state"] == "running");
  api.call("POST", "/sandboxes/you/clock", R"({"set":"2030-01-01T00:00:00Z"})");
  CHECK(yours->reply);
  CHECK(api.call("GET", kClock)["now"] == "2026-01-01T01:00:00.000Z");
  // Running, they part ways as well.
  api.call("POST", kClock, R"({"speed":60})");
  api.world.advance_wall(1min);
  CHECK(api.call("GET", kClock)["now"] == "2026-01-01T02:00:00.000Z");
  CHECK(api.call("GET", "/sandboxes/you")["now"] == "2030-01-01T00:00:00.000Z");
}

TEST_CASE("while something that fired has not finished, nobody else moves that clock") {
  Api api;
  std::function<void()> finish;
  Sandbox& box = api.world.sandboxes->named("me");
  api.world.sandboxes->put(
      box, kNewYear + 1s,
      {"webhook", "w-1", [&](std::function<void()> finished) { finish = std::move(finished); }});
  api.world.sandboxes->put(
      box, kNewYear + 2s,
      {"webhook", "w-2", [](const std::function<void()>& finished) { finished(); }});
  const auto moving = api.begin("POST", kClock, R"({"advance":"1h"})");
  CHECK(!moving->reply);
  CHECK(api.reply("POST", kClock, R"({"advance":"1s"})").status == 409);
  CHECK(api.reply("DELETE", "/sandboxes/me").status == 409);
  CHECK(api.reply("POST", "/sandboxes/me/reset").status == 409);
  // It stands where the thing fired.
  CHECK(api.call("GET", kClock)["now"] == "2026-01-01T00:00:01.000Z");
  REQUIRE(finish);
  finish();
  REQUIRE(moving->reply);
  const Json moved = Api::json(*moving->reply);
  CHECK(moved["now"] == "2026-01-01T01:00:00.000Z");
  CHECK(moved["fired"].size() == 2);
  CHECK(moved["fired"][1]["id"] == "w-2");
}

TEST_CASE("a task that comes while the clock moves is listed when it ends on the way") {
  Api api;
  api.scenario("me", "{name: s, defaults: {run: 10s, links_live: 1h}}");
  Sandbox& box = api.world.sandboxes->named("me");
  // As a receiver of a webhook may do.
  api.world.sandboxes->put(box, kNewYear + 5s,
                           {"webhook", "w-1", [&](const std::function<void()>& finished) {
                              api.submit("me");
                              finished();
                            }});
  const Json moved = api.call("POST", kClock, R"({"advance":"1m"})");
  CHECK(kinds(moved) == std::vector<std::string>{"webhook", "task"});
  CHECK(moved["fired"][1]["at"] == "2026-01-01T00:00:15.000Z");
}

}  // namespace emulator::test
