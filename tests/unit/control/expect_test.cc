#include <string>

#include "tests/unit/control/api.h"

namespace emulator::test {
namespace {

constexpr const char* kExpectStory = R"(name: story
expect:
  - { when: { provider: bfl, on: submit }, times: 3 }
  - { when: { on: poll }, times: { at_least: 1 } }
  - { when: { prompt: beach }, times: { at_most: 1 } }
  - when: { provider: fal }
)";

Json expected(Api& api) { return api.call("GET", "/sandboxes/me/expect"); }

}  // namespace

TEST_CASE("expectations stand as the requests came") {
  Api api;
  api.scenario("me", kExpectStory);
  Json before = expected(api);
  CHECK(before["met"] == false);
  CHECK(before["scenario"] == "story");
  REQUIRE(before["expectations"].size() == 4);
  CHECK(before["expectations"][0]["when"] == Json({{"provider", "bfl"}, {"on", "submit"}}));
  CHECK(before["expectations"][0]["times"] == 3);
  CHECK(before["expectations"][1]["times"] == Json({{"at_least", 1}}));
  CHECK(before["expectations"][2]["times"] == Json({{"at_most", 1}}));
  CHECK(before["expectations"][2]["met"] == true);
  CHECK(before["expectations"][3]["times"] == Json({{"at_least", 1}}));
  CHECK(before["expectations"][3]["place"] == "sandbox me:6");

  for (int i = 0; i < 3; ++i) api.poll(api.submit("me", "a beach"));
  const Json after = expected(api);
  CHECK(after["expectations"][0]["count"] == 3);
  CHECK(after["expectations"][0]["met"] == true);
  CHECK(after["expectations"][1]["count"] == 3);
  CHECK(after["expectations"][2]["count"] == 3);
  CHECK(after["expectations"][2]["met"] == false);
  CHECK(after["expectations"][3]["met"] == false);
  CHECK(after["met"] == false);
}

TEST_CASE("counts are right whatever the journal has let go, and with no journal at all") {
  for (const std::size_t entries : {std::size_t{2}, std::size_t{0}}) {
    CAPTURE(entries);
    WorldOptions options;
    options.limits.journal_entries = entries;
    Api api(options);
    api.scenario("me", kExpectStory);
    for (int i = 0; i < 7; ++i) api.submit("me", i < 4 ? "a beach" : "a cat");
    CHECK(expected(api)["expectations"][0]["count"] == 7);
    CHECK(expected(api)["expectations"][2]["count"] == 4);
  }
}

TEST_CASE("refused submissions are counted, by rules, limits and validation alike") {
  Api api;
  api.scenario("me",
               "{name: no, rules: [{when: {first: 1}, then: {refuse: rate_limited}}], expect: "
               "[{when: {on: submit}, times: 3}, {when: {prompt: cat}, times: 3}]}");
  api.submit("me");
  api.submit("me");
  api.world.send(
      request("POST", "/bfl/v1/flux-dev", {{"x-key", "me"}}, R"({"prompt":"a cat","width":9999})"));
  CHECK(expected(api)["met"] == true);
}

TEST_CASE("counting begins anew with the counters, and with another scenario") {
  Api api;
  api.scenario("me", kExpectStory);
  api.submit("me");
  CHECK(expected(api)["expectations"][0]["count"] == 1);
  api.call("POST", "/sandboxes/me/reset", R"({"what":["journal"]})");
  CHECK(expected(api)["expectations"][0]["count"] == 1);
  api.call("POST", "/sandboxes/me/reset", R"({"what":["counters"]})");
  CHECK(expected(api)["expectations"][0]["count"] == 0);
  api.submit("me");
  api.scenario("me", kExpectStory);
  CHECK(expected(api)["expectations"][0]["count"] == 0);
}

TEST_CASE("where nothing is expected, everything is met") {
  Api api;
  CHECK(expected(api)["met"] == true);
  CHECK(expected(api)["expectations"].empty());
}

}  // namespace emulator::test
