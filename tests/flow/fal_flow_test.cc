// fal over real sockets: what clients get wrong, and that it harms nobody.
#include <doctest.h>
#include <httplib.h>

#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

const httplib::Headers kKey = {{"authorization", "Key flow:secret"}};
const std::string kUltra = "/queue.fal.run/fal-ai/flux-pro/v1.1-ultra";
const std::string kTicket = "/queue.fal.run/fal-ai/flux-pro/requests/";

// What came for a request: its status, and its body as JSON (null when it is none).
struct Answer {
  int status = 0;
  Json body;
};

Answer answer(const httplib::Result& reply) {
  REQUIRE(reply);
  return {reply->status, Json::parse(reply->body, nullptr, false)};
}

Answer posted(httplib::Client& client, const std::string& path, const std::string& body,
              httplib::Headers headers = kKey) {
  return answer(client.Post(path, headers, body, "application/json"));
}

Answer got(httplib::Client& client, const std::string& path) {
  return answer(client.Get(path, kKey));
}

Answer put(httplib::Client& client, const std::string& path, const std::string& body = "") {
  return answer(client.Put(path, kKey, body, "application/octet-stream"));
}

void advance(httplib::Client& client, const std::string& by) {
  const auto moved = client.Post("/_emulator/sandboxes/flow/clock", Json{{"advance", by}}.dump(),
                                 "application/json");
  REQUIRE(moved);
  REQUIRE(moved->status == 200);
}

void play(httplib::Client& client, const std::string& scenario) {
  const auto reply = client.Put("/_emulator/sandboxes/flow/scenario", scenario, "application/yaml");
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
}

std::string path_of(const Json& url) {
  const std::string text = url.get<std::string>();
  return text.substr(text.find('/', 8));
}

}  // namespace

TEST_CASE("an upload cut off leaves nothing behind, and its link is still good") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const Json made = posted(client, "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3",
                           R"({"content_type":"text/plain","file_name":"a.txt"})")
                        .body;
  const std::string file = path_of(made["file_url"]);
  const std::string link = path_of(made["upload_url"]);
  const std::string head = "PUT " + link +
                           " HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(server.port()) +
                           "\r\ncontent-type: text/plain\r\ncontent-length: 1000000\r\n\r\n";
  RawClient half(server.port());
  REQUIRE(half.send(head + std::string(300'000, 'x')));
  half.end_sending();
  // Whatever is said to that, it is no success.
  CHECK_FALSE(half.read_until_close().starts_with("HTTP/1.1 2"));
  CHECK_FALSE(half.timed_out());
  RawClient gone(server.port());
  REQUIRE(gone.send(head + "x"));
  gone.close();

  CHECK(client.Get(file)->status == 404);
  CHECK(put(client, link, "whole").status == 200);
  CHECK(client.Get(file)->body == "whole");
  CHECK(server.stop() == 0);
}

TEST_CASE("a PUT to a link that was never issued is refused and kept nowhere") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const Json made = posted(client, "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3",
                           R"({"content_type":"text/plain","file_name":"a.txt"})")
                        .body;
  const std::string link = path_of(made["upload_url"]);
  const std::string token = link.substr(link.find('?'));
  const std::string never = "/v3b.fal.media/files/b/0aac27e0/never.png";
  // Without a signature, with one that means nothing, and with that of another file.
  for (const std::string& query : {std::string(), std::string("?upload_token=a.b.c"), token}) {
    CAPTURE(query);
    const Answer refused = put(client, never + query, "bytes");
    CHECK(refused.status == 403);
    CHECK(refused.body["detail"] == "Invalid upload signature");
    CHECK(client.Get(never)->status == 404);
  }
  CHECK(put(client, link, "bytes").status == 200);
}

TEST_CASE("a wrapped input is taken by the queue and refused at the result") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string wrapped = R"({"input":{"prompt":"a lighthouse"}})";
  const std::string detail = R"([{"type":"missing","loc":["body","prompt"],"msg":"Field required",)"
                             R"("input":{"input":{"prompt":"a lighthouse"}}}])";
  const Answer direct = posted(client, "/fal.run/fal-ai/flux-pro/v1.1-ultra", wrapped);
  CHECK(direct.status == 422);
  CHECK(direct.body["detail"] == Json::parse(detail));

  const Answer made = posted(client, kUltra, wrapped);
  REQUIRE(made.status == 200);
  CHECK(made.body["status"] == "IN_QUEUE");
  advance(client, "1h");
  const std::string ticket = path_of(made.body["response_url"]);
  const Answer over = got(client, ticket + "/status");
  CHECK(over.status == 200);
  CHECK(over.body["status"] == "COMPLETED");
  const Answer result = got(client, ticket);
  CHECK(result.status == 422);
  CHECK(result.body["detail"] == Json::parse(detail));
}

TEST_CASE("a ticket is unknown under another app, and unharmed by it") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  play(client, "{name: slow, defaults: {queue: 3s, run: 4s}}");
  const Answer made = posted(client, kUltra, R"({"prompt":"a lighthouse"})");
  REQUIRE(made.status == 200);
  const std::string id = made.body["request_id"].get<std::string>();
  const std::string other = "/queue.fal.run/fal-ai/flux/requests/" + id;
  const Answer status = got(client, other + "/status");
  CHECK(status.status == 404);
  CHECK(status.body == Json{{"status", "NOT_FOUND"}});
  const Answer stream = got(client, other + "/status/stream?logs=1");
  CHECK(stream.status == 404);
  CHECK(stream.body == Json{{"status", "NOT_FOUND"}});
  const Answer result = got(client, other);
  CHECK(result.status == 404);
  CHECK(result.body == Json{{"detail", "Request not found"}});
  const Answer cancel = put(client, other + "/cancel");
  CHECK(cancel.status == 404);
  CHECK(cancel.body == Json{{"status", "NOT_FOUND"}});

  CHECK(got(client, kTicket + id + "/status").body["status"] == "IN_QUEUE");
  advance(client, "7s");
  CHECK(got(client, kTicket + id).status == 200);
}

TEST_CASE("a proxy target outside fal is refused, and nothing is done for it") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  for (const char* path : {"/fal/proxy", "/api/fal/proxy"})
    for (const char* target :
         {"https://example.com/fal-ai/flux/dev", "https://fal.run.example.com/x",
          "https://example.com/?u=https://fal.run/fal-ai/flux/dev", "file:///etc/passwd",
          "not an address", ""}) {
      CAPTURE(path);
      CAPTURE(target);
      httplib::Headers headers = kKey;
      headers.emplace("x-fal-target-url", target);
      const Answer refused = posted(client, path, R"({"prompt":"x"})", headers);
      CHECK(refused.status == 400);
      CHECK(refused.body == Json("Invalid request"));
    }
  httplib::Headers headers = kKey;
  headers.emplace("x-fal-target-url", "https://queue.fal.run/fal-ai/flux-pro/v1.1-ultra");
  CHECK(posted(client, "/fal/proxy", R"({"prompt":"x"})", headers).status == 200);
  const auto tasks = client.Get("/_emulator/sandboxes/flow/tasks");
  REQUIRE(tasks);
  CHECK(Json::parse(tasks->body)["tasks"].size() == 1);
}

TEST_CASE("a running request that is cancelled goes on to its end, and is charged") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  play(client, "{name: slow, credits: 1, defaults: {queue: 3s, run: 4s}}");
  const auto balance = [&] { return got(client, "/rest.fal.ai/billing/user_balance").body; };
  const Answer waiting = posted(client, kUltra, R"({"prompt":"a lighthouse"})");
  CHECK(put(client, path_of(waiting.body["cancel_url"])).status == 202);
  CHECK(balance() == 1.0);
  const Answer made = posted(client, kUltra, R"({"prompt":"a lighthouse"})");
  REQUIRE(made.status == 200);
  const std::string ticket = path_of(made.body["response_url"]);
  advance(client, "4s");
  const Answer cancelled = put(client, ticket + "/cancel");
  CHECK(cancelled.status == 202);
  CHECK(cancelled.body == Json{{"status", "CANCELLATION_REQUESTED"}});
  const Answer running = got(client, ticket + "/status");
  CHECK(running.status == 202);
  CHECK(running.body["status"] == "IN_PROGRESS");
  advance(client, "3s");
  const Answer over = got(client, ticket + "/status");
  CHECK(over.body["status"] == "COMPLETED");
  CHECK(over.body["metrics"]["inference_time"] == 4.0);
  CHECK(got(client, ticket).status == 200);
  CHECK(put(client, ticket + "/cancel").status == 400);
  CHECK(balance() == 0.94);
}

TEST_CASE("a model outside the contract is warned of once, and told of in the journal each time") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const std::string warning = "warning: the model acme/stickers is not in fal's contract";
  for (int i = 0; i < 2; ++i)
    CHECK(posted(client, "/queue.fal.run/acme/stickers", R"({"prompt":"x"})").status == 200);
  CHECK(posted(client, kUltra, R"({"prompt":"x"})").status == 200);
  CHECK(posted(client, "/queue.fal.run/fal-ai/veo3", R"({"prompt":"x"})").status == 501);
  const Json list = got(client, "/_emulator/sandboxes/flow/requests").body["requests"];
  int noted = 0, refused = 0;
  for (const Json& one : list) {
    const Json whole =
        got(client, "/_emulator/sandboxes/flow/requests/" + one["id"].get<std::string>()).body;
    if (whole.dump().find("acme/stickers is not in fal's contract") != std::string::npos) ++noted;
    if (one.value("refusal", "") != "") ++refused;
  }
  CHECK(noted == 2);
  CHECK(refused == 0);  // what is not emulated is no refusal of fal's
  server.stop();
  const auto first = server.err().find(warning);
  CHECK(first != std::string::npos);
  CHECK(server.err().find(warning, first + 1) == std::string::npos);
  CHECK(server.err().find("warning: the model fal-ai") == std::string::npos);
}

TEST_CASE(
    "a line of the log says the task, the rule, our own error and what a proxied call is for") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  play(client,
       "rules:\n"
       "  - name: too many\n"
       "    when: { prompt: crowd }\n"
       "    then: { refuse: rate_limited }\n");
  const std::string id = posted(client, kUltra, R"({"prompt":"x"})").body["request_id"];
  CHECK(posted(client, kUltra, R"({"prompt":"a crowd"})").status == 429);
  CHECK(posted(client, "/queue.fal.run/fal-ai/veo3", R"({"prompt":"x"})").status == 501);
  httplib::Headers proxied = kKey;
  proxied.emplace("x-fal-target-url", "https://user:word@queue.fal.run/fal-ai/flux/dev?a=1");
  posted(client, "/fal/proxy", R"({"prompt":"x"})", proxied);
  const std::string link = "/fal/files/" + std::string(40, 'a') + "?signed=" + std::string(90, 'b');
  got(client, link + "end");
  server.stop();
  const std::string& log = server.err();
  CAPTURE(log);
  const auto has = [&log](const std::string& text) { return log.find(text) != std::string::npos; };
  CHECK(has(" flow POST " + kUltra + " 200 "));
  CHECK(has("B task " + id.substr(0, 8)));
  CHECK(has("B rate_limited: "));
  CHECK(has(" (too many, sandbox flow:2)\n"));
  CHECK(has("B emulator error not_emulated: "));
  CHECK(has(" POST proxy https://***@queue.fal.run/fal-ai/flux/dev?a=1 "));
  CHECK_FALSE(has("word@"));
  CHECK(has(" GET /fal/files/" + std::string(29, 'a') + "…" + std::string(16, 'b') + "end "));
}

TEST_CASE("the log tells of what reaches no sandbox, of errors of ours, and of clocks that move") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const httplib::Headers unknown{{"authorization", "Key emu.nsww.me:secret"}};
  CHECK(posted(client, kUltra, R"({"prompt":"x"})", unknown).status == 400);
  CHECK(client.Get("/nobody")->status == 404);
  const Answer odd = posted(client, kUltra, R"({"prompt":"x [[end: nswf]]"})");
  CHECK(odd.status == 400);
  advance(client, "10m");
  CHECK(client.Post("/_emulator/sandboxes/flow/clock", R"({"advanse":"1s"})", "application/json")
            ->status == 400);
  CHECK(client.Post("/_emulator/sandboxes/flow/clock", R"({"speed":10})", "application/json")
            ->status == 200);
  server.stop();
  const std::string& log = server.err();
  CAPTURE(log);
  const auto has = [&log](const std::string& text) { return log.find(text) != std::string::npos; };
  CHECK(
      has(" 400 emulator error unknown_scenario: unknown scenario \"nsww\"; did you mean "
          "\"nsfw\"? Known: "));
  CHECK(has(" GET /nobody 404 emulator error no_provider: no provider answers /nobody; "));
  CHECK(has("B emulator error bad_directive: directive in the prompt: "));
  CHECK(
      has("2026-01-01T00:10:00.000Z flow clock moved on by 10m from 2026-01-01T00:00:00Z, "
          "stands\n"));
  CHECK(has(" POST /_emulator/sandboxes/flow/clock 400 emulator error bad_request: $.advanse: "));
  CHECK(has(" flow clock runs 10.0 times as fast\n"));
}

TEST_CASE("the address of the proxy may name the sandbox of a page that sends no key") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const auto tasks_of = [&client](const std::string& box) {
    const auto reply = client.Get("/_emulator/sandboxes/" + box + "/tasks");
    REQUIRE(reply);
    return Json::parse(reply->body)["tasks"].size();
  };
  httplib::Headers proxied{{"x-fal-target-url", "https://queue.fal.run/fal-ai/flux/dev"}};
  CHECK(posted(client, "/fal/proxy/my-test", R"({"prompt":"x"})", proxied).status == 200);
  CHECK(posted(client, "/api/fal/proxy/my-test/", R"({"prompt":"x"})", proxied).status == 200);
  CHECK(posted(client, "/fal/proxy", R"({"prompt":"x"})", proxied).status == 200);
  CHECK(tasks_of("my-test") == 2);
  CHECK(tasks_of("default") == 1);
  proxied.emplace("authorization", "Key flow:secret");  // a key says more than an address
  CHECK(posted(client, "/fal/proxy/my-test", R"({"prompt":"x"})", proxied).status == 200);
  CHECK(tasks_of("flow") == 1);
}

TEST_CASE("strict models are refused as fal refuses unknown ones, whatever they give") {
  ServeConfig config = TestServer::quiet();
  config.strict_models = true;
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  for (const char* model : {"acme/stickers", "fal-ai/veo3"}) {
    INFO(model);
    const Answer unknown = posted(client, std::string("/fal.run/") + model, R"({"prompt":"x"})");
    const std::string app = std::string(model).substr(std::string(model).find('/') + 1);
    CHECK(unknown.status == 404);
    CHECK(unknown.body == Json{{"detail", "Application \"" + app + "\" not found"}});
  }
  CHECK(posted(client, "/fal.run/fal-ai/flux/dev", R"({"prompt":"[[run: 0s]]"})").status == 200);
}

}  // namespace emulator::test::TEST_FILE
