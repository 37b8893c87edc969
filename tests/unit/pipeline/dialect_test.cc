// A dialect words what it is handed: equal arguments give equal replies, ids included.
#include "emulator/pipeline/dialect.h"

#include <doctest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/support/world.h"

namespace emulator::test {
namespace {

// A submission as a dialect sees it, the exchange of that number in the journal of `box`.
Call submission(World& world, std::uint16_t provider, const std::string& box,
                std::uint64_t exchange) {
  Call call;
  auto request = std::make_shared<http::Request>();
  request->method = "POST";
  request->path = request->target = "/";
  call.request = std::move(request);
  call.provider = provider;
  const auto& routes = world.registry.contract(provider).routes;
  const auto route = std::find_if(routes.begin(), routes.end(),
                                  [](const contract::Route& one) { return one.on == On::kSubmit; });
  REQUIRE(route != routes.end());
  call.route = &*route;
  call.door = route->door;
  call.set_sandbox(world.sandboxes->named(box));
  call.exchange = exchange;
  return call;
}

std::string worded(const http::Reply& reply) {
  std::string out = std::to_string(reply.status) + "\n";
  for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\n";
  return out + "\n" + reply.body;
}

std::string refused(World& world, std::uint16_t provider, const std::string& box,
                    std::uint64_t exchange) {
  Refusal refusal;
  refusal.kind = RefusalKind::kRateLimited;
  return worded(world.registry.dialect(provider).refused(submission(world, provider, box, exchange),
                                                         refusal));
}

}  // namespace

TEST_CASE("equal arguments give equal replies, and another exchange other ids") {
  World world;
  for (std::uint16_t p = 0; p < world.registry.size(); ++p) {
    CAPTURE(world.registry.name(p));
    const std::string first = refused(world, p, "me", 7);
    CHECK(refused(world, p, "me", 7) == first);
    const std::string name = world.registry.name(p);
    if (name == "bfl" || name == "wavespeed") continue;  // their refusals bear no id
    CHECK(refused(world, p, "me", 8) != first);
    CHECK(refused(world, p, "you", 7) != first);
  }
}

TEST_CASE("a dialect's notes are its own, and are found, listed and dropped") {
  World world;
  Sandbox& box = world.sandboxes->named("me");
  const Notes mine(box, 0);
  mine.put("finetune b", 2);
  mine.put("finetune a", 1);
  mine.put("upload", 3);
  REQUIRE(mine.find("upload") != nullptr);
  CHECK(*mine.find("upload") == 3);
  CHECK(Notes(box, 1).find("upload") == nullptr);
  std::string keys;
  mine.each("finetune ", [&](const std::string& key, const Json&) { keys += key + ";"; });
  CHECK(keys == "finetune a;finetune b;");
  CHECK(mine.drop("upload"));
  CHECK_FALSE(mine.drop("upload"));

  const Notes none;
  none.put("a", 1);
  CHECK(none.find("a") == nullptr);
  CHECK_FALSE(none.drop("a"));
}

}  // namespace emulator::test
