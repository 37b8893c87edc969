#include "emulator/pipeline/elsewhere.h"

#include <doctest.h>

#include <set>
#include <string>

#include "emulator/base/json_text.h"
#include "tests/support/world.h"

namespace emulator::test {
namespace {

// A path that a route's pattern fits: `{what...}` and the like stand for themselves.
std::string path_of(std::string pattern) {
  for (const std::string_view mark : {"{", "...", "}", "[/]"})
    for (auto at = pattern.find(mark); at != std::string::npos; at = pattern.find(mark))
      pattern.erase(at, mark.size());
  return pattern;
}

std::string header_of(const std::optional<http::Reply>& reply, const char* name) {
  REQUIRE(reply);
  return std::string(reply->headers.get(name).value_or(""));
}

http::Request asked(const std::string& method, const std::string& target) {
  return request(method, target,
                 {{"authorization", "Bearer me"}, {"x-api-key", "me"}, {"x-key", "me"}}, "{}");
}

}  // namespace

TEST_CASE("what a contract calls not emulated is answered 501 of ours, and is there to be asked") {
  World world;
  int routes = 0;
  for (std::uint16_t p = 0; p < world.registry.size(); ++p) {
    const contract::Contract& facts = world.registry.contract(p);
    for (const contract::Route& route : facts.routes) {
      if (route.emulated) continue;
      CAPTURE(world.registry.name(p));
      CAPTURE(route.name);
      const auto reply =
          world.send(asked(route.method, "/" + world.registry.name(p) + path_of(route.path)));
      REQUIRE(reply);
      CHECK(reply->status == 501);
      CHECK(header_of(reply, "x-emulator-error") == "not_emulated");
      ++routes;
    }
  }
  CHECK(routes > 30);
}

TEST_CASE("a table of kinds has globs, hides no model of its contract, and lets unknown ids be") {
  World world;
  for (std::uint16_t p = 0; p < world.registry.size(); ++p) {
    const contract::Contract& facts = world.registry.contract(p);
    CAPTURE(world.registry.name(p));
    if (facts.common.model_kinds.empty()) continue;
    for (const contract::ModelKind& row : facts.common.model_kinds) {
      CHECK(!row.kind.empty());
      CHECK(!row.globs.empty());
    }
    CHECK(model_kind(facts, "no/such-model").empty());
    CHECK(model_kind(facts, "").empty());
  }
  const contract::Contract& wavespeed = world.registry.contract(*world.registry.find("wavespeed"));
  for (const contract::Endpoint& model : wavespeed.endpoints) {
    const auto reply = world.send(asked("POST", "/wavespeed/api/v3/" + model.id));
    CAPTURE(model.id);
    REQUIRE(reply);
    CHECK(reply->status != 501);
  }
}

TEST_CASE(
    "a model that exists elsewhere is refused by what it gives, and a contract file adds it") {
  const http::Request submission = asked("POST", "/wavespeed/api/v3/google/veo3.1/text-to-video");
  World world;
  const auto refused = world.send(submission);
  REQUIRE(refused);
  CHECK(refused->status == 501);
  const auto body = decode_json(refused->body);
  REQUIRE(body);
  const Json& error = body->at("emulator_error");
  CHECK(error.at("kind") == "video");
  CHECK(error.at("model") == "google/veo3.1/text-to-video");
  CHECK(error.at("message").get<std::string>().find("--contract") != std::string::npos);

  WorldOptions strict;
  strict.contracts = {"provider: wavespeed\nvalues: { any_endpoint: false }\n"};
  World closed(strict);
  const auto unknown = closed.send(submission);
  REQUIRE(unknown);
  CHECK(unknown->status == 404);
  CHECK(!unknown->headers.has("x-emulator-error"));

  WorldOptions options;
  options.contracts = {
      "provider: wavespeed\nendpoints: { google/veo3.1/text-to-video: { fields: { duration: { "
      "type: "
      "enum, of: [4, 8], default: 8 } }, extra: { type: text-to-video } } }\n"};
  World with(options);
  const auto taken = with.send(submission);
  REQUIRE(taken);
  CHECK(taken->status == 200);
}

TEST_CASE("a place beyond the routes says how to add it, and is there once a contract file does") {
  const http::Request usage = asked("GET", "/api.fal.ai/v1/models/usage");
  http::Request file = asked("DELETE", "/v1/files/1");
  file.headers.set("host", "llm.wavespeed.ai");
  World world;
  for (const http::Request& request : {usage, asked("GET", "/ws.fal.run/fal-ai/flux/dev"), file}) {
    CAPTURE(request.target);
    const auto refused = world.send(request);
    REQUIRE(refused);
    CHECK(refused->status == 501);
    CHECK(header_of(refused, "x-emulator-error") == "not_emulated");
    CHECK(refused->body.find("--contract FILE with `routes`") != std::string::npos);
  }

  WorldOptions options;
  options.contracts = {
      "provider: fal\nroutes: { usage: { on: account, door: platform, method: GET, path: "
      "/v1/models/usage, emulated: false } }\n"};
  options.scenario =
      "name: usage\nrules:\n  - when: { on: account, path: /v1/models/usage }\n"
      "    then: { reply: { status: 200, body: '{\"usage\":[]}' } }\n";
  World with(options);
  const auto answered = with.send(usage);
  REQUIRE(answered);
  CHECK(answered->status == 200);
  CHECK(answered->body == "{\"usage\":[]}");
  CHECK_FALSE(answered->headers.has("x-emulator-error"));
}

TEST_CASE("a route of a user's file that no code answers is an error at the start") {
  Registry registry(built_in_providers());
  const auto laid = registry.lay_over(
      {"mine.yaml",
       "provider: bfl\nroutes: { credit: { on: account, door: api, method: GET, path: /c } }\n"});
  REQUIRE_FALSE(laid);
  REQUIRE(laid.error().size() == 1);
  CHECK(laid.error()[0].starts_with("mine.yaml:2:11: no code answers the route \"credit\""));
  CHECK(registry.contract(*registry.find("bfl")).routes.size() > 5);
}

TEST_CASE("a call of the provider's own that a user's file switches off is answered 501 of ours") {
  WorldOptions options;
  options.contracts = {"provider: bfl\nroutes: { credits: { emulated: false } }\n"};
  World world(options);
  CHECK(world.send(asked("GET", "/bfl/v1/credits"))->status == 501);
  CHECK(world.send(asked("GET", "/bfl/v1/my_finetunes"))->status == 200);
}

TEST_CASE("answers of Apiframe's API carry ids of their own, unless the contract says otherwise") {
  World world;
  std::set<std::string> ids;
  for (const char* target : {"/apiframe/v2/me", "/apiframe/v2/models", "/apiframe/v2/jobs",
                             "/apiframe/v2/jobs/1", "/apiframe/account", "/apiframe/unheard-of"})
    ids.insert(header_of(world.send(asked("GET", target)), "x-request-id"));
  ids.insert(header_of(world.send(asked("POST", "/apiframe/v2/images/generate")), "x-request-id"));
  ids.insert(header_of(world.send(request("GET", "/apiframe/v2/me")), "x-request-id"));
  CHECK(ids.size() == 8);
  CHECK(ids.count("") == 0);
  CHECK(header_of(world.send(asked("GET", "/apiframe/v2/openapi.json")), "x-request-id") == "");

  WorldOptions options;
  options.contracts = {"provider: apiframe\nvalues: { request_id: none }\n"};
  World without(options);
  CHECK(header_of(without.send(asked("GET", "/apiframe/v2/me")), "x-request-id") == "");
}

}  // namespace emulator::test
