// What scenarios say of one answer, as clients see it: the parts of an error wherever it is told
// of, facts in a changed reply, conditions over the path.
#include <doctest.h>
#include <httplib.h>

#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

const httplib::Headers kKey = {{"authorization", "Key flow:secret"}};
const std::string kPrompt = R"({"prompt":"a lighthouse"})";

struct Seen {
  int status = 0;
  Json body;
  httplib::Headers headers;
};

Seen seen(const httplib::Result& reply) {
  REQUIRE(reply);
  return {reply->status, Json::parse(reply->body, nullptr, false), reply->headers};
}

std::string path_of(const Json& url) {
  const std::string text = url.get<std::string>();
  return text.substr(text.find('/', 8));
}

std::string header(const Seen& reply, const std::string& name) {
  const auto found = reply.headers.find(name);
  return found == reply.headers.end() ? "none" : found->second;
}

struct Flow {
  explicit Flow(const std::string& scenario)
      : server(TestServer::quiet()), client(patient_client(server.port())) {
    const auto reply =
        client.Put("/_emulator/sandboxes/flow/scenario", scenario, "application/yaml");
    REQUIRE(reply);
    REQUIRE_MESSAGE(reply->status == 200, reply->body);
  }
  void advance(const std::string& by) {
    REQUIRE(client.Post("/_emulator/sandboxes/flow/clock", Json{{"advance", by}}.dump(),
                        "application/json"));
  }
  Seen submit(const std::string& path = "/queue.fal.run/fal-ai/flux/dev",
              const std::string& body = kPrompt, const httplib::Headers& headers = kKey) {
    return seen(client.Post(path, headers, body, "application/json"));
  }
  Seen get(const std::string& path) { return seen(client.Get(path, kKey)); }

  TestServer server;
  httplib::Client client;
};

}  // namespace

TEST_CASE(
    "an error of fal with its parts is the same at the result, in the status and called direct") {
  Flow flow(
      "rules: [{when: {provider: fal}, then: {error: {type: content_policy_violation, "
      "message: The images show real people., loc: [body, image_urls], "
      "ctx: {extra_info: {reason: partner_validation_failed}}, input: [a, 1]}}}]");
  const Json item = {{"loc", {"body", "image_urls"}},
                     {"msg", "The images show real people."},
                     {"type", "content_policy_violation"},
                     {"url", "https://docs.fal.ai/errors#content_policy_violation"},
                     {"ctx", {{"extra_info", {{"reason", "partner_validation_failed"}}}}},
                     {"input", {"a", 1}}};
  const Seen made = flow.submit();
  REQUIRE(made.status == 200);
  flow.advance("2s");
  const Seen status = flow.get(path_of(made.body["status_url"]));
  CHECK(status.body["error"] == "The images show real people.");
  CHECK(status.body["error_type"] == "content_policy_violation");
  const Seen result = flow.get(path_of(made.body["response_url"]));
  CHECK(result.status == 422);
  CHECK(result.body == Json{{"detail", Json::array({item})}});
}

TEST_CASE("a soft refusal of a type of its own has the status it is given, and no field to blame") {
  Flow flow(
      "{defaults: {run: 0s}, rules: [{when: {provider: fal}, then: {error: {code: 400, "
      "type: invalid_request, message: Not today., loc: [prompt]}}}, "
      "{when: {on: any}, then: {}}]}");
  const Seen direct = flow.submit("/fal.run/fal-ai/flux/dev");
  CHECK(direct.status == 400);
  CHECK(direct.body["detail"][0]["loc"] == Json{"prompt"});
  CHECK(direct.body["detail"][0]["type"] == "invalid_request");
  CHECK(direct.body["detail"][0]["input"] == Json::parse(kPrompt));
  CHECK_FALSE(direct.body["detail"][0].contains("ctx"));
}

TEST_CASE("the type of an error that is known brings its status along") {
  Flow flow(
      "{defaults: {run: 0s}, rules: [{when: {}, then: {error: {type: generation_timeout, "
      "message: Too slow.}}}]}");
  const Seen direct = flow.submit("/fal.run/fal-ai/flux/dev");
  CHECK(direct.status == 504);
  CHECK(header(direct, "x-fal-retryable") == "true");
  CHECK(direct.body["detail"][0]["msg"] == "Too slow.");
}

TEST_CASE("what a provider's errors lack is left out, and the journal says so") {
  Flow flow(
      "rules:\n"
      "- when: { prompt: error }\n"
      "  then: { error: { type: a, message: Nope., loc: [b] } }\n"
      "- when: { prompt: flag }\n"
      "  then: { nsfw: [true] }\n");
  const auto note = [&](const std::string& path, const std::string& prompt,
                        const httplib::Headers& headers) {
    const Seen made = flow.submit(path, Json{{"prompt", prompt}}.dump(), headers);
    REQUIRE(made.status == 200);
    return flow.get("/_emulator/sandboxes/flow/requests/" + header(made, "x-emulator-request"))
        .body.dump();
  };
  const httplib::Headers key = {{"x-key", "flow"}};
  CHECK(note("/bfl/v1/flux-dev", "error", key)
            .find("this provider's errors have no type, so it was left out") != std::string::npos);
  CHECK(note("/bfl/v1/flux-dev", "flag", key)
            .find("this provider flags no pictures, so nsfw was left out") != std::string::npos);
  const std::string fal = "/queue.fal.run/fal-ai/flux/dev";
  CHECK(note(fal, "error", kKey).find("left out") == std::string::npos);
  CHECK(note(fal, "flag", kKey).find("left out") == std::string::npos);
}

TEST_CASE("a ticket can lead to an address that takes no GET") {
  Flow flow(
      "rules:\n"
      "- when: { provider: fal, on: submit }\n"
      "  then: { reply: { patch: { response_url: \"{was}/response\" }, "
      "headers: { x-ticket: \"{id} of {endpoint}\", x-prompt: \"{prompt}\" } } }\n"
      "- when: { provider: fal, on: result, path: \"*/response\" }\n"
      "  then: { reply: { status: 405, patch: { detail: Method Not Allowed } } }\n"
      "expect:\n"
      "- { when: { on: result, path: \"/fal-ai/flux/requests/*/response\" }, times: 1 }\n"
      "- { when: { on: result, path: \"*/queue.fal.run/*\" }, times: 0 }\n");
  const Seen made = flow.submit("/queue.fal.run/fal-ai/flux/dev", R"({"prompt":"a\nx-evil: 1"})");
  const std::string id = made.body["request_id"];
  const std::string link = made.body["response_url"];
  CHECK(link == flow.server.base() + "/queue.fal.run/fal-ai/flux/requests/" + id + "/response");
  CHECK(header(made, "x-ticket") == id + " of fal-ai/flux/dev");
  CHECK(header(made, "x-prompt") == "a x-evil: 1");
  CHECK(header(made, "x-evil") == "none");
  const Seen refused = flow.get(path_of(link));
  CHECK(refused.status == 405);
  CHECK(refused.body["detail"] == "Method Not Allowed");
  const Seen expect = flow.get("/_emulator/sandboxes/flow/expect");
  CHECK_MESSAGE(expect.body["met"] == true, expect.body.dump());
}

TEST_CASE("facts keep their types, and one that is not there removes its member") {
  Flow flow(
      "rules:\n"
      "- when: { prompt: refused }\n"
      "  then: { refuse: forbidden, reply: { patch: { seed: \"{seed}\", of: \"{prompt} for "
      "{provider} in {sandbox}\", id: \"{id}\" } } }\n"
      "- when: { on: any }\n"
      "  then: { reply: { patch: { facts: { seed: \"{seed}\", cost: \"{cost}\", at: "
      "\"{accepted}|{now}\", by: \"{request}\", text: \"{{id}}\" } } } }\n");
  const httplib::Headers key = {{"x-key", "flow"}};
  const Seen refused = flow.submit("/bfl/v1/flux-dev", R"({"prompt":"refused"})", key);
  CHECK(refused.status == 403);
  CHECK_FALSE(refused.body.contains("seed"));
  CHECK_FALSE(refused.body.contains("id"));
  CHECK(refused.body["of"] == "refused for bfl in flow");
  const Seen made = flow.submit("/bfl/v1/flux-dev", R"({"prompt":"a","seed":4242424242})", key);
  flow.advance("30s");
  const Json facts = flow.get(path_of(made.body["polling_url"])).body["facts"];
  CHECK(facts["seed"] == 4'242'424'242u);
  CHECK(facts["cost"].is_number());
  CHECK(facts["at"] == "2026-01-01T00:00:00.000Z|2026-01-01T00:00:30.000Z");
  CHECK(facts["by"] == "flow-3");
  CHECK(facts["text"] == "{id}");
}

TEST_CASE("a reply with the status of a refusal makes a task, one beside a refusal makes none") {
  Flow flow(
      "rules:\n"
      "- when: { provider: bfl, prompt: alone }\n"
      "  then: { reply: { status: 403, body: { detail: no } } }\n"
      "- when: { provider: bfl, prompt: both }\n"
      "  then: { refuse: forbidden, reply: { patch: { detail: no } } }\n");
  const httplib::Headers key = {{"x-key", "flow"}};
  const auto tasks = [&] {
    return flow.get("/_emulator/sandboxes/flow/tasks").body["tasks"].size();
  };
  const Seen both = flow.submit("/bfl/v1/flux-dev", R"({"prompt":"both"})", key);
  CHECK(both.status == 403);
  CHECK(both.body == Json{{"detail", "no"}});
  CHECK(tasks() == 0);
  const Seen alone = flow.submit("/bfl/v1/flux-dev", R"({"prompt":"alone"})", key);
  CHECK(alone.status == 403);
  CHECK(tasks() == 1);
}

TEST_CASE("a scenario without defaults lets a client poll, as the built-in default does") {
  Flow flow("rules: []");
  const httplib::Headers key = {{"x-key", "flow"}};
  const Seen made = flow.submit("/bfl/v1/flux-dev", kPrompt, key);
  const std::string poll = path_of(made.body["polling_url"]);
  CHECK(flow.get(poll).body["status"] == "Pending");
  flow.advance("999ms");
  CHECK(flow.get(poll).body["status"] == "Pending");
  flow.advance("1ms");
  CHECK(flow.get(poll).body["status"] == "Ready");
}

TEST_CASE("check answers the problems of a scenario and takes none") {
  Flow flow("{name: mine, rules: []}");
  const auto check = [&](const std::string& text) {
    return seen(flow.client.Post("/_emulator/check", text, "application/yaml"));
  };
  const Seen good = check("rules: []");
  CHECK(good.status == 200);
  CHECK(good.body == Json{{"ok", true}, {"problems", Json::array()}});
  const Seen odd = check("rules:\n  - { when: { first: 0 }, then: {} }");
  CHECK(odd.body["ok"] == true);
  CHECK(odd.body["problems"][0]["level"] == "warning");
  CHECK(odd.body["problems"][0]["line"] == 2);
  const Seen bad = check("rulez: 1\nnam: 2");
  CHECK(bad.status == 200);
  CHECK(bad.body["ok"] == false);
  REQUIRE(bad.body["problems"].size() == 2);
  CHECK(bad.body["problems"][1] ==
        Json{{"line", 2},
             {"column", 1},
             {"level", "error"},
             {"message", "unknown key \"nam\"; did you mean \"name\"?"}});
  CHECK(check("").body["ok"] == false);
  CHECK(flow.get("/_emulator/sandboxes/flow/scenario").body["name"] == "mine");
}

}  // namespace emulator::test::TEST_FILE
