// The engine with a provider that nobody has: what scripts/new-provider lays out, and no more.
#include <doctest.h>

#include <string>

#include "acme_provider.h"
#include "emulator/base/json_text.h"
#include "emulator/pipeline/keys.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

WorldOptions with_acme() {
  WorldOptions options;
  options.providers = {acme_provider()};
  return options;
}

http::Request to_acme(const std::string& key, const std::string& body = R"({"prompt":"a"})") {
  return request("POST", "/acme/generate/model-1",
                 {{"authorization", "Bearer " + key}, {"content-type", "application/json"}}, body);
}

unsigned status_for(World& world, const std::string& key) {
  return world.send(to_acme(key))->status;
}

}  // namespace

TEST_CASE("an invented provider's keys are let in, held to their form, or looked up in a book") {
  SUBCASE("any key") {
    World world(with_acme());
    CHECK(status_for(world, "x") == 200);
    CHECK(status_for(world, "") == 401);
  }
  SUBCASE("keys of the provider's form") {
    WorldOptions options = with_acme();
    options.pipeline.auth = Keys::Policy::kFormat;
    World world(options);
    CHECK(status_for(world, "a-key-of-the-form") == 200);
    CHECK(status_for(world, "short") == 401);
    CHECK(status_for(world, "emu.default.x") == 200);
  }
  SUBCASE("keys of a book") {
    WorldOptions options = with_acme();
    options.pipeline.auth = Keys::Policy::kBook;
    World world(options);
    const auto book = KeyBook::load(
        "keys: [{key: a-key-of-the-form}, {key: a-key-once, inactive: true}, {key: a-key-of-fal, "
        "providers: fal}]",
        {"fal", "acme"});
    REQUIRE(book);
    world.pipeline->go_by(*book);
    CHECK(status_for(world, "a-key-of-the-form") == 200);
    CHECK(status_for(world, "a-key-once") == 401);
    CHECK(status_for(world, "a-key-of-fal") == 401);
    CHECK(status_for(world, "a-key-nobody-has") == 401);
  }
}

TEST_CASE("rules of a scenario name an invented provider, its endpoints and what it can say") {
  WorldOptions options = with_acme();
  options.scenario =
      "name: t\n"
      "defaults: { queue: 0s, run: 1s }\n"
      "rules:\n"
      "  - when: { provider: acme, on: submit, prompt: beach }\n"
      "    then: { end: failed }\n"
      "  - when: { provider: acme, on: submit, endpoint: model-1, nth: 2 }\n"
      "    then: { refuse: rate_limited, retry_after: 7s }\n";
  World world(options);
  const auto failed = decode_json(world.send(to_acme("me", R"({"prompt":"a beach"})"))->body);
  REQUIRE(failed);
  world.advance("me", 1s);
  const auto seen = world.send(request("GET", "/acme/tasks/" + failed->at("id").get<std::string>(),
                                       {{"authorization", "Bearer me"}}));
  CHECK(decode_json(seen->body)->at("status") == "failed");
  const auto refused = world.send(to_acme("me"));
  CHECK(refused->status == 429);
  CHECK(refused->headers.get("retry-after") == "7");
}

}  // namespace emulator::test
