#include "emulator/pipeline/identity.h"

#include <doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/manual_loop.h"
#include "emulator/pipeline/registry.h"
#include "emulator/pipeline/router.h"
#include "tests/support/manual_wall.h"

namespace emulator::test {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Sandboxes::Options manual_clocks() {
  Sandboxes::Options out;
  out.clock = {true, kNewYear};
  return out;
}

// Sandboxes and the providers' ways of naming things; no pipeline.
struct Ground {
  ManualWall wall;
  ManualLoop loop{wall};
  Registry registry{built_in_providers()};
  ScenarioLibrary library{registry.vocabulary()};
  Sandboxes sandboxes{manual_clocks(), wall, library, loop};
  Uploads uploads{Uploads::Limits{}};
  SandboxNames names{{"bfl_[A-Za-z0-9]{16,}"}, 100, nullptr};

  Ground() { sandboxes.set_default(*library.find("default")); }

  Call call(const std::string& method, const std::string& target, const Fields& fields = {}) {
    auto request = std::make_shared<http::Request>();
    request->method = method;
    request->target = target;
    request->path = target.substr(0, target.find('?'));
    request->query = request->path == target ? "" : target.substr(request->path.size() + 1);
    request->headers.add("host", "127.0.0.1:4242");
    for (const auto& [name, value] : fields) request->headers.add(name, value);
    auto call = Router(registry, "").find(std::move(request));
    REQUIRE(call);
    find_route(*call, registry.contract(call->provider));
    return std::move(*call);
  }
  Claim claim(const Call& call) { return claim_of(call, registry.dialect(call.provider), names); }
  Identity who(const Call& call) {
    return identify(call, registry.dialect(call.provider), claim(call), sandboxes, uploads);
  }
  void accept(const std::string& box, const std::string& provider, const std::string& id) {
    Task task;
    task.id = id;
    task.provider = *registry.find(provider);
    task.accepted = kNewYear;
    sandboxes.accept(sandboxes.named(box), std::move(task));
  }
};

}  // namespace

TEST_CASE("a sandbox's name is its credential, cleaned, and masked where that looks real") {
  Memory memory;
  SandboxNames names({"bfl_[A-Za-z0-9]{16,}"}, 2, &memory);
  struct Row {
    std::string key, name;
  };
  const Row rows[] = {
      {"me", "me"},           {"id:secret", "id"},
      {":secret", "-secret"}, {"a b/c\xc3\xa4", "a-b-c--"},
      {"", "default"},        {std::string(5'000, 'x'), std::string(200, 'x')},
  };
  for (const Row& row : rows) {
    CAPTURE(row.key.substr(0, 40));
    CHECK(names.of(row.key) == row.name);
    CHECK(names.of(row.key) == row.name);  // as it is remembered
  }
  const std::string masked = names.of("bfl_AbCdEfGhIjKlMnOpQrSt");
  CHECK(masked.starts_with("bfl_~"));
  CHECK(masked.size() == 13);
  CHECK(memory.of(Held::kNames) < 400);
  names.let_go();
  CHECK(memory.of(Held::kNames) == 0);
  CHECK(names.of("bfl_AbCdEfGhIjKlMnOpQrSt") == masked);
}

TEST_CASE("a header or the query goes before the key, and without any it is everybody's") {
  Ground ground;
  struct Row {
    const char* about;
    const char* target;
    Fields fields;
    std::string key, shown, box;
    bool named;
  };
  const Row rows[] = {
      {"nothing", "/bfl/v1/credits", {}, "", "", "default", false},
      {"a key", "/bfl/v1/credits", {{"x-key", "me"}}, "me", "me", "me", true},
      {"a header",
       "/bfl/v1/credits",
       {{"x-key", "me"}, {"x-emulator-sandbox", "a b"}},
       "me",
       "me",
       "a-b",
       true},
      {"the query", "/bfl/v1/credits?x-emulator-sandbox=you", {}, "", "", "you", true},
      {"both",
       "/bfl/v1/credits?x-emulator-sandbox=you",
       {{"x-emulator-sandbox", "me"}},
       "",
       "",
       "me",
       true},
      {"an empty header", "/bfl/v1/credits", {{"x-emulator-sandbox", ""}}, "", "", "default", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.about);
    const Claim claim = ground.claim(ground.call("GET", row.target, row.fields));
    CHECK(claim.key == row.key);
    CHECK(claim.shown == row.shown);
    CHECK(claim.box == row.box);
    CHECK(claim.named == row.named);
  }
}

TEST_CASE("a task's own sandbox answers, unless the provider keeps keys apart") {
  Ground ground;
  const std::string id = "764215aa-96b6-4cc8-a6b4-9b5f4b2a0f0e";
  ground.accept("owner", "bfl", id);
  ground.accept("owner", "wavespeed", "0123456789abcdef0123456789abcdef");

  const auto asked = [&](const Fields& fields) {
    return ground.who(ground.call("GET", "/bfl/v1/get_result?id=" + id, fields));
  };
  for (const Fields& fields : {Fields{}, Fields{{"x-key", "other"}}, Fields{{"x-key", "owner"}}}) {
    const Identity who = asked(fields);
    CHECK(who.found);
    CHECK(who.box == "owner");
    CHECK(who.task == id);
    CHECK(who.note == "");
  }

  const std::string path = "/wavespeed/api/v3/predictions/0123456789abcdef0123456789abcdef/result";
  const Identity own = ground.who(ground.call("GET", path, {{"authorization", "Bearer owner"}}));
  CHECK(own.found);
  CHECK(own.box == "owner");
  const Identity other = ground.who(ground.call("GET", path, {{"authorization", "Bearer other"}}));
  CHECK_FALSE(other.found);
  CHECK(other.box == "other");
  CHECK(other.task == "0123456789abcdef0123456789abcdef");
  CHECK(other.note == "the task is another key's");
}

TEST_CASE("an unknown id belongs to who asks, and is noted up to a length") {
  Ground ground;
  const Identity who = ground.who(
      ground.call("GET", "/bfl/v1/get_result?id=" + std::string(500, 'a'), {{"x-key", "me"}}));
  CHECK_FALSE(who.found);
  CHECK(who.box == "me");
  CHECK(who.task == std::string(200, 'a'));
  CHECK(ground.sandboxes.find("me") == nullptr);  // nothing was made of it yet
}

TEST_CASE("a file that was uploaded belongs to the sandbox that did") {
  Ground ground;
  Call call = ground.call("GET", "/bfl/v1/credits", {{"x-key", "me"}});
  contract::Route route;
  route.on = On::kDownload;
  call.route = &route;
  call.path = "/a.png";
  Uploads::File about;
  about.sandbox = "owner";
  REQUIRE(ground.uploads.put(call.provider, call.path, about, "bytes"));
  CHECK(ground.who(call).box == "owner");
  CHECK_FALSE(ground.who(call).found);
  call.path = "/b.png";
  CHECK(ground.who(call).box == "me");
}

TEST_CASE("a name that asks for a scenario has to name one that is there") {
  Ground ground;
  const auto reply = unknown_scenario("emu.no-such.1", ground.sandboxes, ground.library);
  REQUIRE(reply);
  CHECK(reply->status == 400);
  CHECK(reply->headers.get("x-emulator-error") == "unknown_scenario");
  CHECK_FALSE(unknown_scenario("emu.default.1", ground.sandboxes, ground.library));
  CHECK_FALSE(unknown_scenario("emu.default", ground.sandboxes, ground.library));
  CHECK_FALSE(unknown_scenario("emulator", ground.sandboxes, ground.library));
}

}  // namespace emulator::test
