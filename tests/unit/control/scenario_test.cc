// Calls that want every contract take turns that are each short.
#include <doctest.h>

#include "tests/unit/control/api.h"

namespace emulator::test {
namespace {

// How many turns pass until there is an answer.
std::size_t turns_until(Api& api, const Api::Waiting& waiting) {
  std::size_t turns = 0;
  while (!waiting.reply && api.world.loop.do_offloaded()) ++turns;
  return turns;
}

}  // namespace

TEST_CASE("contracts are looked at one in a turn, where a call wants all of them") {
  Api api;
  api.world.loop.hold_offloaded(true);
  const std::size_t providers = api.world.registry.size();
  REQUIRE(providers > 0);
  const auto checked = api.begin("POST", "/check", "rules: [{when: {promt: x}, then: {}}]");
  CHECK_FALSE(checked->reply);
  CHECK(turns_until(api, *checked) == providers + 1);
  REQUIRE(checked->reply);
  const Json found = Api::json(*checked->reply);
  CHECK(found["ok"] == false);
  CHECK(found["problems"][0]["message"].get<std::string>().find("promt") != std::string::npos);

  const auto put = api.begin("PUT", "/sandboxes/me/scenario", "name: mine");
  CHECK(turns_until(api, *put) == providers + 1);
  REQUIRE(put->reply);
  CHECK(put->reply->status == 200);

  const auto listed = api.begin("GET", "/providers");
  CHECK(turns_until(api, *listed) == providers);
  REQUIRE(listed->reply);
  CHECK(Api::json(*listed->reply)["providers"].size() == providers);
}

TEST_CASE("a sandbox that is dropped while its scenario is read gets it all the same") {
  Api api;
  api.world.loop.hold_offloaded(true);
  const auto put = api.begin("PUT", "/sandboxes/me/scenario", "name: mine");
  CHECK(api.reply("DELETE", "/sandboxes/me").status == 200);
  turns_until(api, *put);
  REQUIRE(put->reply);
  CHECK(api.call("GET", "/sandboxes/me/scenario")["name"] == "mine");
}

}  // namespace emulator::test
