#include "emulator/pipeline/pipeline.h"

#include <doctest.h>

#include <set>
#include <string>

#include "emulator/base/json_text.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::Request submission(const std::string& key, const std::string& body = R"({"prompt":"a"})",
                         const std::string& path = "/bfl/v1/flux-dev", Fields more = {}) {
  Fields headers = {{"x-key", key}, {"content-type", "application/json"}};
  for (auto& field : more) headers.push_back(std::move(field));
  return request("POST", path, std::move(headers), body);
}

Json body_of(const std::optional<http::Reply>& reply) {
  REQUIRE(reply);
  auto body = decode_json(reply->body);
  REQUIRE(body);
  return *body;
}

std::string polled(World& world, const std::string& id) {
  return body_of(world.send(request("GET", "/bfl/v1/get_result?id=" + id)))["status"];
}

}  // namespace

TEST_CASE("the same run twice gives the same bytes") {
  const auto run = [] {
    World world;
    std::string out;
    for (int i = 0; i < 5; ++i) out += world.send(submission("me"))->body;
    world.advance("me", 1min);
    const std::string id = body_of(world.send(submission("me")))["id"];
    world.advance("me", 1min);
    const Json result = body_of(world.send(request("GET", "/bfl/v1/get_result?id=" + id)));
    out += compact_json(result);
    return out + world.send(request("GET", result["result"]["sample"]))->body;
  };
  CHECK(run() == run());
}

TEST_CASE("keys are worlds of their own: scenario, clock, counters, credits, limits") {
  World world;
  const auto put = [&](const char* box, const char* text) {
    auto loaded = scenario::load("t.yaml", text, world.library->vocabulary());
    REQUIRE(loaded);
    world.sandboxes->set_scenario(world.sandboxes->named(box), loaded->scenario);
  };
  put("one", "{name: one, defaults: {run: 10s}, rules: [{when: {every: 2}, then: {end: failed}}]}");
  put("two", "{name: two, defaults: {run: 1h}}");
  std::set<std::string> ids[2];
  const char* const names[] = {"one", "two"};
  for (int round = 0; round < 42; ++round) {
    for (int box = 0; box < 2; ++box) {
      for (int i = 0; i < 24; ++i) {
        const Json made = body_of(world.send(submission(names[box])));
        REQUIRE(made.contains("id"));
        ids[box].insert(made["id"].get<std::string>());
      }
      CHECK(world.send(submission(names[box]))->status == 429);
    }
    world.advance("one", 10s);
    world.advance("two", 1h);
  }
  CHECK(ids[0].size() == 1008);
  CHECK(ids[1].size() == 1008);
  int failed = 0;
  for (const std::string& id : ids[0]) {
    CHECK_FALSE(ids[1].contains(id));
    failed += polled(world, id) == "Error" ? 1 : 0;
  }
  // Long gone in its own time, though not in the other's.
  CHECK(world.sandboxes->named("one").now() == kNewYear + 420s);
  CHECK(world.sandboxes->named("two").now() == kNewYear + 42h);
  CHECK(failed > 500);
  for (const Task& task : world.sandboxes->named("two").tasks.all())
    CHECK(task.fate.end == End::kSucceed);
  CHECK(world.sandboxes->named("one").journal.seen() == 42 * 25 + 1008);
  CHECK(world.sandboxes->named("two").journal.seen() == 42 * 25);
}

TEST_CASE("a poll is served from the sandbox of its task, whatever key it carries") {
  World world;
  const std::string id = body_of(world.send(submission("owner")))["id"];
  for (Fields headers : {Fields{}, Fields{{"x-key", "other"}}, Fields{{"x-emulator-sandbox", "z"}}})
    CHECK(world.send(request("GET", "/bfl/v1/get_result?id=" + id, headers))->status == 200);
  CHECK(world.sandboxes->named("owner").journal.seen() == 4);
  CHECK(world.sandboxes->find("other") == nullptr);
}

TEST_CASE("the sandbox header goes before the key") {
  World world;
  world.send(submission("key", R"({"prompt":"a"})", "/bfl/v1/flux-dev",
                        {{"x-emulator-sandbox", "named here"}}));
  CHECK(world.sandboxes->find("named-here") != nullptr);
  CHECK(world.sandboxes->find("key") == nullptr);
}

TEST_CASE("keys that look real are masked in the sandbox's name") {
  World world;
  CHECK(world.pipeline->sandbox_name("bfl_AbCdEfGhIjKlMnOpQrSt").starts_with("bfl_~"));
  CHECK(world.pipeline->sandbox_name("bfl_AbCdEfGhIjKlMnOpQrSt").size() == 13);
  CHECK(world.pipeline->sandbox_name("id:secret") == "id");
  CHECK(world.pipeline->sandbox_name("a b/c\xc3\xa4") == "a-b-c--");
  CHECK(world.pipeline->sandbox_name("") == "default");
  CHECK(world.pipeline->sandbox_name(std::string(5'000, 'x')).size() == 200);
}

TEST_CASE("a key can choose its scenario, and an unknown one is our own error") {
  World world;
  const std::string id = body_of(world.send(submission("emu.moderated.x")))["id"];
  world.advance("emu.moderated.x", 1h - 59min);
  CHECK(polled(world, id) != "Ready");
  const auto unknown = world.send(submission("emu.moderatd.x"));
  CHECK(unknown->status == 400);
  CHECK(unknown->headers.get("x-emulator-error") == "unknown_scenario");
  CHECK(unknown->body.find("did you mean \\\"moderated\\\"?") != std::string::npos);
}

TEST_CASE("a scripted delay holds the reply until the sandbox's clock has come that far") {
  WorldOptions options;
  options.scenario = "{name: slow, rules: [{when: {on: submit}, then: {delay: 5s}}]}";
  World world(options);
  const auto later = world.send_later(submission("me"));
  CHECK_FALSE(later->reply);
  world.advance("me", 4999ms);
  CHECK_FALSE(later->reply);
  const auto moved = world.advance("me", 1ms);
  REQUIRE(later->reply);
  CHECK(later->reply->status == 200);
  CHECK(later->reply->headers.get("date") == "Thu, 01 Jan 2026 00:00:05 GMT");
  REQUIRE(moved.fired.size() >= 1);
  CHECK(moved.fired[0].kind == "reply");
}

TEST_CASE("a request may say itself what shall happen, by directive or header") {
  World world;
  const std::string id = body_of(
      world.send(submission("me", R"({"prompt":"a cat [[run: 20s, end: failed]]"})")))["id"];
  world.advance("me", 19s);
  CHECK(polled(world, id) == "Pending");
  world.advance("me", 1s);
  CHECK(polled(world, id) == "Error");
  CHECK(world
            .send(submission("me", R"({"prompt":"a"})", "/bfl/v1/flux-dev",
                             {{"x-emulator-then", "refuse: unavailable"}}))
            ->status == 503);
  const auto bad = world.send(submission("me", R"({"prompt":"a [[runs: 20s]]"})"));
  CHECK(bad->status == 400);
  CHECK(bad->headers.get("x-emulator-error") == "bad_directive");

  WorldOptions off;
  off.pipeline.prompt_directives = false;
  World plain(off);
  CHECK(plain.send(submission("me", R"({"prompt":"a [[refuse: unavailable]]"})"))->status == 200);
}

TEST_CASE("wire faults ask the server for exactly what the scenario says") {
  struct Row {
    const char* wire;
    http::Fault::Kind kind;
    std::size_t tasks;  // whether the work was done
  };
  const Row rows[] = {
      {"lost", http::Fault::Kind::kClose, 1},     {"reset", http::Fault::Kind::kReset, 0},
      {"empty", http::Fault::Kind::kClose, 0},    {"hang", http::Fault::Kind::kHang, 0},
      {"{cut: 50%}", http::Fault::Kind::kCut, 1}, {"{slow: 2KB/s}", http::Fault::Kind::kSlow, 1},
      {"garbage", http::Fault::Kind::kRaw, 1}};
  for (const Row& row : rows) {
    INFO(row.wire);
    WorldOptions options;
    options.scenario =
        std::string("{name: w, rules: [{when: {on: submit}, then: {wire: ") + row.wire + "}}]}";
    World world(options);
    const auto reply = world.send(submission("me"));
    REQUIRE(reply);
    CHECK(reply->fault.kind == row.kind);
    CHECK(world.sandboxes->named("me").tasks.size() == row.tasks);
    if (row.kind == http::Fault::Kind::kCut) CHECK(reply->fault.bytes == reply->body.size() / 2);
    if (row.kind == http::Fault::Kind::kSlow) CHECK(reply->fault.bytes == 2'000);
  }
}

TEST_CASE("a refusal the provider does not have is left out and noted") {
  WorldOptions options;
  options.scenario = "{name: w, rules: [{when: {on: any}, then: {refuse: conflict}}]}";
  World world(options);
  CHECK(world.send(submission("me"))->status == 200);
  const auto entry = world.sandboxes->named("me").journal.find(1);
  CHECK(entry->note.find("no conflict") != std::string::npos);
}

TEST_CASE("the journal says which rule decided, and which nearly did") {
  WorldOptions options;
  options.scenario =
      "name: w\nrules:\n  - when: { prompt: beach }\n    then: { end: failed }\n"
      "  - name: second\n    when: { nth: 2 }\n    then: { refuse: unavailable }\n";
  World world(options);
  world.send(submission("me"));
  CHECK(world.send(submission("me"))->status == 503);
  const Journal& journal = world.sandboxes->named("me").journal;
  CHECK(journal.find(1)->rules.empty());
  CHECK(journal.find(1)->misses.size() == 2);
  REQUIRE(journal.find(2)->rules.size() == 1);
  CHECK(journal.find(2)->rules[0] == 1);
  CHECK(journal.find(2)->refusal == "unavailable");
}

TEST_CASE("credits run out, and come back for what failed") {
  WorldOptions options;
  options.scenario =
      "{name: poor, credits: 5, defaults: {run: 10s}, rules: [{when: {prompt: bad}, then: {end: "
      "failed}}]}";
  World world(options);
  CHECK(world.send(submission("me", R"({"prompt":"bad"})"))->status == 200);
  CHECK(world.send(submission("me"))->status == 200);
  CHECK(world.send(submission("me"))->status == 402);
  world.advance("me", 10s);
  CHECK(world.send(submission("me"))->status == 200);
  CHECK(world.send(submission("me"))->status == 402);
}

TEST_CASE("hostile bodies get the provider's own answer") {
  World world;
  struct Row {
    const char* name;
    std::string body;
    unsigned status;
  };
  const Row rows[] = {
      {"NaN where a number is wanted cannot be echoed", R"({"prompt":"a","seed":NaN})", 500},
      {"a number too large for a double", R"({"prompt":"a","guidance":1e400})", 500},
      {"a NUL byte in the text", std::string("{\"prompt\":\"a\0b\"}", 16), 422},
      {"an escaped NUL", R"({"prompt":"a\u0000b"})", 200},
      {"a lone surrogate", R"({"prompt":"\ud800"})", 422},
      {"cut off", R"({"prompt":"a)", 422},
      {"an integer beyond any word", R"({"prompt":"a","seed":123456789012345678901234567890})",
       200},
      {"bytes that are not UTF-8", "{\"prompt\":\"\xff\xfe\"}", 200},
      {"an absurd side", R"({"prompt":"a","width":999999999999})", 422},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.name));
    const auto reply = world.send(submission("me", row.body));
    REQUIRE(reply);
    CHECK(reply->status == row.status);
    CHECK_FALSE(reply->headers.has("x-emulator-error"));
  }
  // How deep we go is a limit of ours, so the answer is ours as well.
  const auto deep = world.send(submission("me", std::string(100'000, '[')));
  CHECK(deep->status == 413);
  CHECK(deep->headers.get("x-emulator-error") == "json_too_large");
  const std::string image(25u << 20, 'A');
  const auto large = world.send(submission(
      "me", R"({"prompt":"a","image_prompt":")" + image + "\"}", "/bfl/v1/flux-pro-1.1-ultra"));
  CHECK(large->status == 422);
  CHECK(large->body.find("20MB") != std::string::npos);
}

}  // namespace emulator::test
