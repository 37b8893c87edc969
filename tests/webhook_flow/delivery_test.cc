#include <doctest.h>

#include "emulator/app/commands.h"
#include "tests/support/client.h"
#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {
namespace {

std::vector<std::string> times(const Json& webhook) {
  std::vector<std::string> out;
  for (const Json& attempt : webhook.at("attempts"))
    out.push_back(attempt.at("at").get<std::string>().substr(14));  // minutes and seconds
  return out;
}

TEST_CASE("BFL tells of a picture in its own words, with the secret as it was given") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.bfl(receiver.url("/a?b=c"), "run: 2s", {{"webhook_secret", "s3"}});
  CHECK(receiver.count() == 0);
  stage.advance("3s");
  REQUIRE(receiver.count() == 1);
  const http::Request seen = receiver.seen()[0];
  CHECK(seen.target == "/a?b=c");
  CHECK(seen.headers.get("x-webhook-secret").value_or("") == "s3");
  CHECK(seen.headers.get("content-type").value_or("") == "application/json");
  const Json body = receiver.body(0);
  CHECK(body["task_id"] == id);
  CHECK(body["status"] == "SUCCESS");
  CHECK(body["result"]["duration"] == 2.0);
  CHECK(body["result"]["pre_filtered"] == false);
  const std::string sample = body["result"]["sample"];
  REQUIRE(sample.starts_with(stage.server.base()));
  httplib::Client client = patient_client(stage.server.port());
  const auto picture = client.Get(sample.substr(stage.server.base().size()));
  REQUIRE(picture);
  CHECK(picture->status == 200);
  CHECK(picture->get_header_value("content-type") == "image/jpeg");
  CHECK(stage.webhook()["state"] == "delivered");
}

TEST_CASE("BFL tells why there is no picture") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.bfl(receiver.url(), "end: output_moderated");
  stage.advance("10s");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.seen()[0].body ==
        R"({"task_id":")" + id + R"(","status":"FAILED","error":"Content Moderated"})");
  CHECK_FALSE(receiver.seen()[0].headers.has("x-webhook-secret"));
}

TEST_CASE("fal's body has sorted keys and Python's spaces, and names the app's answer") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.fal(receiver.url());
  const std::string failed = stage.fal(receiver.url(), "", {{"prompt", "x"}, {"num_images", 9}});
  stage.advance("10s");
  REQUIRE(receiver.count() == 2);
  const std::size_t good = receiver.body(0)["request_id"] == id ? 0 : 1;
  const std::string body = receiver.seen()[good].body;
  CHECK(body.starts_with(R"({"error": null, "gateway_request_id": ")" + id +
                         R"(", "payload": {"has_nsfw_concepts": [false], "images": [{)"));
  CHECK(body.ends_with(R"("request_id": ")" + id + R"(", "status": "OK"})"));
  const Json bad = receiver.body(1 - good);
  CHECK(bad["request_id"] == failed);
  CHECK(bad["status"] == "ERROR");
  CHECK(bad["error"] == "Invalid status code: 422");
  CHECK(bad["payload"]["detail"][0]["type"] == "less_than_equal");
}

TEST_CASE("WaveSpeed sends the bare prediction") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.wavespeed(receiver.url(), "run: 2s");
  const std::string moderated = stage.wavespeed(receiver.url(), "run: 3s, end: input_moderated");
  stage.advance("5s");
  REQUIRE(receiver.count() == 2);
  const Json first = receiver.body(0)["id"] == id ? receiver.body(0) : receiver.body(1);
  const Json second = receiver.body(0)["id"] == id ? receiver.body(1) : receiver.body(0);
  std::vector<std::string> keys;
  for (const auto& [key, value] : first.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"id", "model", "outputs", "urls", "has_nsfw_contents",
                                         "status", "created_at", "error", "executionTime",
                                         "timings"});
  CHECK(first["status"] == "completed");
  CHECK(first["executionTime"] == 2000);
  CHECK(second["id"] == moderated);
  CHECK(second["status"] == "failed");
  CHECK_FALSE(second.contains("code"));
  CHECK(receiver.seen()[0].headers.get("webhook-timestamp").has_value());
}

TEST_CASE("Apiframe tells of progress where that was asked for, and of the delivery in the job") {
  Stage stage;
  Receiver receiver;
  const std::string id =
      stage.apiframe(receiver.url(), "run: 8s", {{"webhookEvents", {"progress", "completed"}}});
  const auto status = [&] {
    httplib::Client client = patient_client(stage.server.port());
    const auto reply = client.Get("/apiframe/v2/jobs/" + id, {{"x-api-key", "me"}});
    return reply ? *decode_json(reply->body) : Json();
  };
  CHECK(status()["webhookStatus"] == "pending");
  stage.advance("5s");
  REQUIRE(receiver.count() == 2);
  CHECK(receiver.seen()[0].body ==
        R"({"event":"progress","jobId":")" + id +
            R"(","status":"PROCESSING","progress":25,"model":"flux-1.1-pro"})");
  CHECK(receiver.seen()[0].headers.get("x-webhook-event").value_or("") == "progress");
  stage.advance("5s");
  REQUIRE(receiver.count() == 4);
  CHECK(receiver.body(3)["event"] == "completed");
  CHECK(receiver.body(3)["result"]["images"].size() == 1);
  CHECK(status()["webhookStatus"] == "delivered");
  // Failures were not asked for.
  stage.apiframe(receiver.url(), "end: failed", {{"webhookEvents", {"completed"}}});
  stage.advance("1m");
  CHECK(receiver.count() == 4);
  CHECK(stage.webhooks().back()["state"] == "dropped");
}

TEST_CASE("the inbox finds every provider's signature good, on the sandbox's clock") {
  Stage stage;
  const std::string then = "run: 1s";
  std::vector<std::pair<std::string, std::string>> tasks = {
      {"bfl", stage.bfl(stage.inbox(), then, {{"webhook_secret", "s3"}})},
      {"fal", stage.fal(stage.inbox(), then)},
      {"wavespeed", stage.wavespeed(stage.inbox(), then)},
      {"apiframe", stage.apiframe(stage.inbox(), then)}};
  const Json moved = stage.advance("1m");
  CHECK(moved["pending"].empty());
  const Json letters = stage.letters();
  REQUIRE(letters.size() == 4);
  for (const auto& [provider, task] : tasks) {
    const auto& this_provider = provider;
    CAPTURE(this_provider);
    const auto letter = std::find_if(letters.begin(), letters.end(), [&](const Json& one) {
      return one["check"].is_object() && one["check"]["provider"] == this_provider;
    });
    REQUIRE(letter != letters.end());
    CHECK((*letter)["check"]["task"] == task);
    CHECK((*letter)["check"]["sandbox"] == "me");
    CHECK((*letter)["check"]["signature"] == "good");
    if (provider == "fal" || provider == "wavespeed")
      CHECK((*letter)["check"]["timestamp"]["good"] == true);
  }
}

TEST_CASE("a receiver that fails twice is tried three times, at the schedule's times") {
  Stage stage;
  Receiver receiver({text_reply("", 500), text_reply("", 500), text_reply("ok")});
  stage.bfl(receiver.url(), "run: 10s");
  const Json moved = stage.advance("1h");
  CHECK(receiver.count() == 3);
  const Json webhook = stage.webhook();
  CHECK(webhook["state"] == "delivered");
  CHECK(times(webhook) == std::vector<std::string>{"00:10.000Z", "00:11.000Z", "00:16.000Z"});
  CHECK(webhook["attempts"][0]["status"] == 500);
  CHECK(webhook["attempts"][2]["reply"] == "ok");
  std::vector<std::string> fired;
  for (const Json& item : moved["fired"])
    if (item["kind"] == "webhook") fired.push_back(item["at"].get<std::string>().substr(14));
  CHECK(fired == times(webhook));
}

TEST_CASE("each provider gives up by its own rules") {
  Stage stage;
  Receiver receiver({text_reply("", 503)});
  struct Row {
    std::string name;
    std::string id;
    std::size_t attempts;
  };
  const std::vector<Row> rows = {{"bfl", stage.bfl(receiver.url()), 4},
                                 {"fal", stage.fal(receiver.url()), 31},
                                 {"wavespeed", stage.wavespeed(receiver.url()), 4},
                                 {"apiframe", stage.apiframe(receiver.url()), 4}};
  stage.advance("3h");
  const Json all = stage.webhooks();
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (const Json& webhook : all) {
      if (webhook["task"] != row.id) continue;
      CHECK(webhook["state"] == "failed");
      CHECK(webhook["attempts"].size() == row.attempts);
      CHECK(webhook["reason"] == "given up, the last attempt with: status 503");
    }
  }
}

TEST_CASE("a redirect is final for fal, and not followed to where it leads") {
  Stage stage;
  Receiver elsewhere;
  http::Reply away = text_reply("", 302);
  away.headers.add("location", elsewhere.url());
  Receiver receiver({away});
  stage.fal(receiver.url());
  stage.advance("3h");
  CHECK(receiver.count() == 1);
  CHECK(elsewhere.count() == 0);
  CHECK(stage.webhook()["state"] == "failed");
  CHECK(stage.webhook()["reason"] == "status 302 is not tried again");
}

TEST_CASE("where redirects are followed, to a barred address they are refused") {
  const TextFile contract("provider: bfl\nvalues: { webhook_redirects: 2 }\n", ".yaml");
  ServeConfig config = TestServer::quiet();
  config.contracts = {contract.path()};
  Stage stage(config);
  Receiver last;
  http::Reply kept = text_reply("", 307);
  kept.headers.add("location", last.url("/moved"));
  Receiver first({kept});
  stage.bfl(first.url());
  stage.advance("10s");
  REQUIRE(last.count() == 1);
  CHECK(last.seen()[0].method == "POST");
  CHECK(last.seen()[0].body == first.seen()[0].body);
  http::Reply away = text_reply("", 307);
  away.headers.add("location", "http://203.0.113.7/");
  Receiver other({away});
  stage.bfl(other.url());
  stage.advance("10s");
  CHECK(stage.webhooks().back()["state"] == "refused");
}

TEST_CASE("receivers that hang, break off or talk too much are bounded and recorded") {
  const TextFile contract(
      "provider: bfl\nvalues: { webhook_time_limits: [2s], webhook_schedule: [] }\n", ".yaml");
  Stage stage(impatient(contract));
  Receiver hangs({fault_reply(http::Fault::Kind::kHang)});
  Receiver resets({fault_reply(http::Fault::Kind::kReset)});
  Receiver talks({text_reply(std::string(2'000'000, 'x'))});
  stage.bfl(hangs.url());
  stage.bfl(resets.url());
  stage.bfl(talks.url());
  CHECK(stage.advance("10s")["pending"].empty());
  const Json all = stage.webhooks();
  REQUIRE(all.size() == 3);
  CHECK(all[0]["state"] == "failed");
  CHECK(all[0]["attempts"][0]["error"] == "no answer in time");
  CHECK(all[1]["attempts"][0]["error"] == "connection reset");
  CHECK(all[2]["state"] == "delivered");
  CHECK(all[2]["attempts"][0]["reply"].get<std::string>().size() == 4'096);
}

TEST_CASE("what is over already is told at once, on a stopped clock too") {
  Stage stage;
  Receiver receiver;
  stage.bfl(receiver.url(), "run: 0s");
  CHECK(eventually([&] { return receiver.count() == 1; }));
}

TEST_CASE("a task that ends by polls is told of at the deciding one") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.wavespeed(receiver.url(), "polls: 2");
  stage.advance("1h");
  httplib::Client client = patient_client(stage.server.port());
  const auto poll = [&] {
    client.Get("/wavespeed/api/v3/predictions/" + id + "/result", {{"authorization", "Bearer me"}});
  };
  poll();
  CHECK(receiver.count() == 0);
  CHECK(stage.webhook()["state"] == "pending");
  poll();
  CHECK(eventually([&] { return receiver.count() == 1; }));
}

TEST_CASE("a cancelled request of fal is told of at once; what waits for its end comes no more") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.fal(receiver.url(), "queue: 1h");
  httplib::Client client = patient_client(stage.server.port());
  const auto reply = client.Put("/queue.fal.run/fal-ai/flux/requests/" + id + "/cancel",
                                {{"authorization", "Key me:secret"}}, "", "application/json");
  REQUIRE(reply);
  CHECK(reply->status == 202);
  CHECK(eventually([&] { return receiver.count() == 1; }));
  CHECK(receiver.body(0)["status"] == "ERROR");
  stage.advance("2h");
  CHECK(receiver.count() == 1);
}

TEST_CASE("a task that comes to its place sooner is told of sooner") {
  // Two places, two submissions a minute.
  const TextFile contract("provider: wavespeed\nvalues: { level: bronze }\n", ".yaml");
  ServeConfig config = TestServer::quiet();
  config.contracts = {contract.path()};
  Stage stage(config);
  Receiver receiver;
  const std::string first = stage.wavespeed("http://127.0.0.1:9/", "run: 1h");
  stage.wavespeed("http://127.0.0.1:9/", "run: 1h");
  stage.advance("2m");
  const std::string second = stage.wavespeed(receiver.url(), "run: 10s");
  stage.advance("1m");
  CHECK(receiver.count() == 0);
  stage.post("/wavespeed/api/v3/predictions/delete", {{"ids", {first}}},
             {{"authorization", "Bearer me"}});
  stage.advance("11s");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.body(0)["id"] == second);
}

TEST_CASE("fal publishes two keys and signs with the first; a rotation moves on to the second") {
  Stage stage;
  const std::string keys = "/rest.fal.ai/.well-known/jwks.json?x-emulator-sandbox=me";
  const Json before = stage.get(keys)["keys"];
  REQUIRE(before.size() == 2);
  CHECK(before[0]["x"].get<std::string>().size() == 44);
  stage.post("/_emulator/sandboxes/me/webhook-keys/rotate", Json::object());
  const Json after = stage.get(keys)["keys"];
  CHECK(after[0] == before[1]);
  CHECK(after[1] != before[0]);
  stage.fal(stage.inbox());
  stage.advance("10s");
  const Json letter = stage.letters().at(0);
  CHECK(letter["check"]["signature"] == "good");
  // Nothing of it shows in another sandbox.
  CHECK(stage.get("/rest.fal.ai/.well-known/jwks.json")["keys"] == before);
}

TEST_CASE("a webhook is sent again by hand, signed anew") {
  Stage stage;
  const std::string id = stage.fal(stage.inbox(), "webhook: drop");
  stage.advance("1h");
  CHECK(stage.letters().empty());
  CHECK(stage.webhook()["state"] == "dropped");
  const Json again = stage.post("/_emulator/sandboxes/me/webhooks/wh-1/redeliver", Json::object());
  CHECK(again["state"] == "pending");
  CHECK(eventually([&] { return stage.letters().size() == 1; }));
  const Json check = stage.letters()[0]["check"];
  CHECK(check["task"] == id);
  CHECK(check["signature"] == "good");
  CHECK(check["timestamp"]["good"] == true);
  CHECK(stage.post("/_emulator/sandboxes/me/webhooks/wh-7/redeliver", Json::object())
            .contains("emulator_error"));
}

TEST_CASE("deliveries are in the journal, and a rule may decide on them") {
  const TextFile scenario(
      "name: hooks\nrules:\n  - when: { on: webhook, provider: bfl, first: 1 }\n    then: { "
      "webhook: "
      "drop }\n",
      ".yaml");
  ServeConfig config = TestServer::quiet();
  config.scenario = scenario.path();
  Stage stage(config);
  Receiver receiver;
  stage.bfl(receiver.url());
  stage.advance("10s");
  stage.bfl(receiver.url());
  stage.advance("10s");
  CHECK(receiver.count() == 1);
  CHECK(stage.webhooks()[0]["state"] == "dropped");
  const Json requests = stage.get("/_emulator/sandboxes/me/requests?on=webhook")["requests"];
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["status"] == 200);
  CHECK(requests[0]["target"] == receiver.url());
}

TEST_CASE("a rule may look at what a webhook says") {
  const TextFile scenario(
      "name: hooks\nrules:\n  - when: { on: webhook, body: { payload.prompt: 'a pear' } }\n"
      "    then: { webhook: drop }\n",
      ".yaml");
  ServeConfig config = TestServer::quiet();
  config.scenario = scenario.path();
  Stage stage(config);
  Receiver receiver;
  const std::string id = stage.fal(receiver.url());
  stage.fal(receiver.url(), "", {{"prompt", "a pear"}});
  stage.advance("10s");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.body(0)["request_id"] == id);
  CHECK(stage.webhooks()[1]["reason"] == "by the scenario");
}

TEST_CASE("the command line that repeats a delivery carries its signature") {
  Stage stage;
  Receiver receiver;
  stage.wavespeed(receiver.url("/x?a='b'"));
  stage.advance("10s");
  REQUIRE(receiver.count() == 1);
  const http::Request first = receiver.seen()[0];
  const std::string line = stage.webhook()["curl"];
  CHECK(line.starts_with("curl -i -X POST 'http://127.0.0.1:"));
  CHECK(line.find("-H 'webhook-signature: " +
                  std::string(first.headers.get("webhook-signature").value_or("?")) + "'") !=
        std::string::npos);
  CHECK(line.ends_with("--data-binary '" + first.body + "'"));
}

TEST_CASE("the command lists the webhooks of an emulator that runs") {
  Stage stage;
  Receiver receiver({text_reply("", 500), text_reply("ok")});
  const std::string id = stage.bfl(receiver.url());
  stage.advance("10s");
  SystemWallClock wall;
  std::string out, err;
  const Surroundings around{&wall, [&](const std::string& text) { out += text; },
                            [&](const std::string& text) { err += text; }, 0, ""};
  Config config;
  config.what = "webhooks";
  config.at = stage.server.base();
  config.sandbox = "me";
  CHECK(list_command(config, around) == 0);
  CHECK(
      out.starts_with("wh-1 delivered bfl completed task " + id + " to " + receiver.url() + "\n"));
  CHECK(out.find("2026-01-01T00:00:01.000Z status 500 in ") != std::string::npos);
  CHECK(out.find("\n  curl -i -X POST ") != std::string::npos);
  config.at = "http://127.0.0.1:1";
  CHECK(list_command(config, around) == 2);
  CHECK(err ==
        "provider-emulator: http://127.0.0.1:1: connection refused; --at names the address of "
        "an emulator that runs\n");
}

TEST_CASE("what is not delivered at the end is listed") {
  auto stage = std::make_unique<Stage>();
  stage->bfl("http://user:pass@127.0.0.1:9/hook", "run: 1h");
  CHECK(stage->server.stop() == 0);
  CHECK(stage->server.err().find("webhooks not delivered: 1") != std::string::npos);
  CHECK(stage->server.err().find("to http://***@127.0.0.1:9/hook: the task ends at") !=
        std::string::npos);
}

TEST_CASE("webhooks that find no room are worded later, in their order, as of when they were due") {
  ServeConfig config = TestServer::quiet();
  config.webhooks.limits.pool.of_one_group = 1;
  Stage stage(config);
  Receiver receiver;
  std::vector<std::string> ids;
  std::string later;  // which gives its place to others meanwhile
  for (int i = 0; i < 12; ++i) {
    const bool dropped = i % 3 == 2;
    const std::string id = stage.fal(receiver.url(), dropped  ? "{run: 10s, webhook: drop}"
                                                     : i == 4 ? "{run: 10s, webhook: {delay: 20s}}"
                                                              : "run: 10s");
    if (i == 4) later = id;
    if (!dropped && i != 4) ids.push_back(id);
  }
  ids.push_back(later);
  const Json moved = stage.advance("1m");
  CHECK(moved["pending"].empty());
  REQUIRE(receiver.count() == ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK(receiver.body(i)["request_id"] == ids[i]);
  const Json all = stage.webhooks();
  REQUIRE(all.size() == 12);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i]["state"] == (i % 3 == 2 ? "dropped" : "delivered"));
    CHECK(all[i]["happened"] == all[0]["happened"]);
  }
}

TEST_CASE("what still waited for room before a reset does not stand in the way behind it") {
  ServeConfig config = TestServer::quiet();
  config.webhooks.limits.pool.of_one_group = 1;
  Stage stage(config);
  Receiver hangs({fault_reply(http::Fault::Kind::kHang)});
  for (int i = 0; i < 5; ++i) stage.bfl(hangs.url(), "run: 0s");
  CHECK(stage.get("/_emulator/sandboxes/me/clock")["pending"].size() == 5);
  stage.post("/_emulator/sandboxes/me/reset", Json::object());
  Receiver receiver;
  for (int i = 0; i < 3; ++i) stage.bfl(receiver.url(), "run: 0s");
  stage.advance("1s");
  CHECK(receiver.count() == 3);
}

TEST_CASE("a sandbox put back to the start forgets its webhooks") {
  Stage stage;
  Receiver receiver;
  stage.bfl(receiver.url(), "run: 10s");
  stage.post("/_emulator/sandboxes/me/reset", Json::object());
  stage.advance("1h");
  CHECK(receiver.count() == 0);
  CHECK(stage.webhooks().empty());
}

}  // namespace
}  // namespace emulator::test::TEST_FILE
