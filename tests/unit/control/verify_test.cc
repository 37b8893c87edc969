#include <string>

#include "tests/unit/control/api.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

const std::string kVerify = "/sandboxes/me/verify";

bool ok(Api& api, const std::string& body) { return api.call("POST", kVerify, body)["ok"]; }

}  // namespace

TEST_CASE("requests are counted against a number or bounds") {
  Api api;
  for (int i = 0; i < 3; ++i) api.submit("me", i == 2 ? "a beach" : "a cat");
  struct Row {
    const char* body;
    bool ok;
    int count;
  };
  constexpr Row kRows[] = {
      {R"({"when":{}})", true, 3},
      {R"({"when":{},"times":3})", true, 3},
      {R"({"when":{},"times":2})", false, 3},
      {R"({"when":{},"times":{"at_least":4}})", false, 3},
      {R"({"when":{},"times":{"at_most":3}})", true, 3},
      {R"({"when":{},"times":{"at_least":1,"at_most":2}})", false, 3},
      {R"({"when":{"prompt":"beach"},"times":1})", true, 1},
      {R"({"when":{"prompt":{"matches":"^a c"}},"times":2})", true, 2},
      {R"({"when":{"provider":"fal"},"times":0})", true, 0},
      {R"({"when":{"on":"poll"}})", false, 0},
      {R"({"when":{"endpoint":"flux-*"},"times":3})", true, 3},
      {R"({"when":{"body":{"prompt":"a cat"}},"times":2})", true, 2},
      {R"({"when":{"header":{"x-key":"me"}},"times":3})", true, 3},
      {R"({"when":{"key":"you"},"times":0})", true, 0},
      {R"({"when":{"between":["0s","1s"]},"times":3})", true, 3},
      {R"({"when":{},"since":"me-2","times":1})", true, 1},
      {R"({"when":{},"since":"2026-01-01T00:00:01Z","times":0})", true, 0},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.body);
    const Json verdict = api.call("POST", kVerify, row.body);
    CHECK(verdict["ok"] == row.ok);
    CHECK(verdict["count"] == row.count);
    CHECK(verdict["problems"].empty() == row.ok);
  }
}

TEST_CASE("conditions see what rules see: defaults filled in, refused submissions too") {
  Api api;
  api.submit("me");
  api.scenario("me", "{name: no, rules: [{when: {on: submit}, then: {refuse: rate_limited}}]}");
  api.submit("me", "again");
  // BFL fills it in; neither submission says it.
  CHECK(api.call("POST", kVerify, R"({"when":{"body":{"safety_tolerance":2}}})")["count"] == 2);
  CHECK(api.call("POST", kVerify, R"({"when":{"prompt":"again"}})")["count"] == 1);
  // Refused before it was read: what came counts.
  api.world.send(request("POST", "/bfl/v1/flux-dev", {{"x-key", "me"}},
                         R"({"prompt":"too wide","width":9999})"));
  CHECK(api.call("POST", kVerify, R"({"when":{"prompt":"too wide"}})")["count"] == 1);
  CHECK(api.call("POST", kVerify, R"({"when":{"body":{"width":{"above":9000}}}})")["count"] == 1);
}

TEST_CASE("a failed verification shows what came closest, and why it does not count") {
  Api api;
  const std::string id = api.submit("me", "a cat");
  api.poll(id);
  const Json verdict = api.call("POST", kVerify, R"({"when":{"provider":"bfl","prompt":"dog"}})");
  CHECK(verdict["ok"] == false);
  REQUIRE(verdict["closest"].size() == 2);
  CHECK(verdict["closest"][0]["id"] == "me-1");
  CHECK(verdict["closest"][0]["failed"] == "prompt: dog (this was a cat)");
  CHECK(verdict["closest"][1]["failed"] == "on: submit (this was poll)");
  CHECK(verdict["problems"] == Json({"0 counted, at least 1 asked for"}));
}

TEST_CASE("an order holds when its steps came one after another, whatever came between") {
  Api api;
  const std::string id = api.submit("me", "first");
  api.poll(id);
  api.submit("me", "second");
  CHECK(ok(api, R"({"order":[{"prompt":"first"},{"prompt":"second"}]})"));
  CHECK(ok(api, R"({"order":[{"prompt":"first"},{"on":"poll"},{"prompt":"second"}]})"));
  const Json wrong =
      api.call("POST", kVerify, R"({"order":[{"prompt":"second"},{"prompt":"first"}]})");
  CHECK(wrong["ok"] == false);
  CHECK(wrong["count"] == 1);
  CHECK(wrong["problems"] == Json({"step 2 of 2 has not come"}));
}

TEST_CASE("spacing is measured on the sandbox's clock between those that count") {
  Api api;
  api.submit("me");
  api.world.advance("me", 5s);
  api.submit("me");
  api.world.advance("me", 9s);
  api.submit("me");
  CHECK(ok(api, R"({"when":{},"spacing":{"at_least":"5s"}})"));
  CHECK(ok(api, R"({"when":{},"spacing":{"at_least":"5s","at_most":"9s"}})"));
  const Json late = api.call("POST", kVerify, R"({"when":{},"spacing":{"at_most":"8s"}})");
  CHECK(late["ok"] == false);
  CHECK(late["problems"] == Json({"me-3 came 9s after the one before; at most 8s was asked for"}));
  CHECK_FALSE(ok(api, R"({"when":{},"spacing":{"at_least":"6s"}})"));
}

TEST_CASE("a verification that may still hold waits, and is woken by what comes") {
  Api api;
  const auto waiting = api.begin("POST", kVerify, R"({"when":{},"times":2,"within":"5s"})");
  CHECK(!waiting->reply);
  api.submit("me");
  api.submit("you");
  CHECK(!waiting->reply);
  api.world.advance_wall(300ms);
  api.submit("me");
  REQUIRE(waiting->reply);
  const Json verdict = Api::json(*waiting->reply);
  CHECK(verdict["ok"] == true);
  CHECK(verdict["count"] == 2);
  CHECK(verdict["waited_ms"] == 300);
}

TEST_CASE("waiting ends with its time, or as soon as it is in vain") {
  Api api;
  const auto late = api.begin("POST", kVerify, R"({"when":{},"times":2,"within":"5s"})");
  api.submit("me");
  api.world.advance_wall(4999ms);
  CHECK(!late->reply);
  api.world.advance_wall(1ms);
  REQUIRE(late->reply);
  CHECK(Api::json(*late->reply)["ok"] == false);
  CHECK(Api::json(*late->reply)["count"] == 1);
  // The sandbox's clock is no matter.
  const auto vain = api.begin("POST", kVerify,
                              R"({"when":{},"times":5,"spacing":{"at_least":"1s"},"within":"1h"})");
  CHECK(!vain->reply);
  api.world.advance("me", 10s);
  CHECK(!vain->reply);
  api.submit("me");
  CHECK(!vain->reply);
  api.submit("me");
  REQUIRE(vain->reply);
  CHECK(Api::json(*vain->reply)["ok"] == false);
}

TEST_CASE("a request that is held counts from its coming, not from its answer") {
  Api api;
  const auto waiting = api.begin("POST", kVerify, R"({"when":{"provider":"fal"},"within":"5s"})");
  const auto held = api.world.send_later(request(
      "POST", "/fal.run/fal-ai/flux/dev", {{"authorization", "Key me"}}, R"({"prompt":"a cat"})"));
  CHECK(!held->reply);
  CHECK(waiting->reply);
  api.world.advance("me", 1h);
  CHECK(held->reply);
}

TEST_CASE("waits are bounded, and end when their sandbox or the emulator does") {
  control::Limits limits;
  limits.waits = 2;
  Api api({}, limits);
  const std::string body = R"({"when":{},"within":"5s"})";
  const auto first = api.begin("POST", kVerify, body);
  const auto other = api.begin("POST", "/sandboxes/you/verify", body);
  const http::Reply refused = api.reply("POST", kVerify, body);
  CHECK(refused.status == 429);
  CHECK(refused.headers.get("x-emulator-error") == "too_many_waits");
  // What needs no waiting is answered all the same.
  CHECK(api.call("POST", kVerify, R"({"when":{},"times":0,"within":"5s"})")["ok"] == true);
  api.call("DELETE", "/sandboxes/me");
  REQUIRE(first->reply);
  CHECK(Api::json(*first->reply)["problems"].dump().find("let go") != std::string::npos);
  CHECK(!other->reply);
  api.control->stop();
  REQUIRE(other->reply);
  CHECK(Api::json(*other->reply)["ok"] == false);
}

TEST_CASE("a journal that is cleared meanwhile begins the count anew") {
  Api api;
  api.submit("me");
  const auto waiting = api.begin("POST", kVerify, R"({"when":{},"times":2,"within":"5s"})");
  api.call("POST", "/sandboxes/me/reset", R"({"what":["journal"]})");
  api.submit("me");
  CHECK(!waiting->reply);
  api.submit("me");
  CHECK(waiting->reply);
}

TEST_CASE("what the journal has let go is told") {
  WorldOptions options;
  options.limits.journal_entries = 2;
  Api api(options);
  for (int i = 0; i < 5; ++i) api.submit("me");
  const Json verdict = api.call("POST", kVerify, R"({"when":{},"times":5})");
  CHECK(verdict["ok"] == false);
  CHECK(verdict["count"] == 2);
  CHECK(verdict["forgotten"] == 3);
  CHECK(verdict["problems"].dump().find("--max-journal") != std::string::npos);
}

}  // namespace emulator::test
