// Several emulators that are one: whichever is asked, the answer is that of the one that has the
// sandbox, and of whoever takes it over.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/state/lasting.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

const httplib::Headers kMe{{"x-key", "me"}};

// Emulators with one Redis. Their clocks stand still.
struct Several {
  explicit Several(std::size_t count, ServeConfig wanted = TestServer::quiet()) : config(wanted) {
    config.state = redis.url();
    config.state_limits.patience = std::chrono::minutes(1);
    config.control_token = "token";
    for (std::size_t i = 0; i < count; ++i) start();
  }

  void start() {
    servers.push_back(std::make_unique<TestServer>(config));
    clients.push_back(std::make_unique<httplib::Client>(patient_client(servers.back()->port())));
    clients.back()->set_keep_alive(true);
    clients.back()->set_default_headers({{"authorization", "Bearer token"}});
  }
  httplib::Client& at(std::size_t i) { return *clients[i % clients.size()]; }

  std::string submit(std::size_t i, const httplib::Headers& headers = kMe) {
    return post(i, "/bfl/v1/flux-dev", {{"prompt", "a red apple"}}, headers)["id"];
  }
  Json post(std::size_t i, const std::string& path, const Json& body,
            const httplib::Headers& headers = {}) {
    const auto reply = at(i).Post(path, headers, compact_json(body), "application/json");
    REQUIRE(reply);
    CAPTURE(reply->body);
    CHECK(reply->status < 300);
    return Lasting::decoded(reply->body);
  }
  Json get(std::size_t i, const std::string& path, const httplib::Headers& headers = {}) {
    const auto reply = at(i).Get(path, headers);
    REQUIRE(reply);
    CAPTURE(reply->body);
    return Lasting::decoded(reply->body);
  }
  Json fleet(std::size_t i) { return get(i, "/_emulator/state")["fleet"]; }
  std::string poll(std::size_t i, const std::string& id) {
    return get(i, "/bfl/v1/get_result?id=" + id)["status"];
  }

  RedisServer redis;
  ServeConfig config;
  std::vector<std::unique_ptr<TestServer>> servers;
  std::vector<std::unique_ptr<httplib::Client>> clients;
};

std::string upgrade_to(const std::string& path) {
  return "GET " + path +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Key me:secret\r\nConnection: Upgrade\r\n"
         "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

}  // namespace

TEST_CASE("each of three emulators gives the answers of the one that has the sandbox") {
  Several several(3);
  const std::string id = several.submit(0);
  CHECK(several.post(1, "/_emulator/sandboxes/me/clock", {{"advance", "1m"}})["now"] !=
        several.get(2, "/_emulator/sandboxes/other/clock")["now"]);
  std::set<std::string> credits, pictures;
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    const Json ready = several.get(i, "/bfl/v1/get_result?id=" + id);
    CHECK(ready["status"] == "Ready");
    const auto picture = several.at(i).Get(Lasting::path_of(ready["result"]["sample"]));
    REQUIRE(picture);
    CHECK(picture->status == 200);
    pictures.insert(picture->body);
    credits.insert(several.get(i, "/bfl/v1/credits", kMe).dump());
    CHECK(several.get(i, "/_emulator/sandboxes/me/tasks")["tasks"].size() == 1);
  }
  CHECK(credits.size() == 1);
  CHECK(pictures.size() == 1);
  CHECK(several.fleet(0)["taken_in"] > 4);
  CHECK(several.fleet(1)["passed_on"] > 2);
  CHECK(several.fleet(0)["emulators"].size() >= 1);
  CHECK(several.get(0, "/_emulator/sandboxes")["sandboxes"].size() == 1);
  // Over connections that are kept.
  CHECK(
      several.at(1).Get("/_emulator/metrics")->body.find("emulator_fleet_connections_total 1\n") !=
      std::string::npos);
}

TEST_CASE("ids and seeds are those of one emulator, however requests are spread") {
  const auto ids = [](std::size_t count) {
    Several several(count);
    std::vector<std::string> out;
    for (std::size_t i = 0; i < 6; ++i) out.push_back(several.submit(i));
    return out;
  };
  CHECK(ids(3) == ids(1));
}

TEST_CASE("what an emulator leaves behind is answered for by another") {
  Several several(2);
  const std::string id = several.submit(0);
  several.post(0, "/_emulator/inbox/mine", {{"n", 1}});
  const std::string was = several.get(0, "/_emulator/sandboxes/me/clock")["now"];
  several.servers[0].reset();
  CHECK(several.poll(1, id) == "Pending");
  CHECK(several.get(1, "/_emulator/sandboxes/me/clock")["now"] == was);
  CHECK(several.get(1, "/_emulator/inbox/mine")["requests"].size() == 1);
  CHECK(several.fleet(1)["taken_over"] == 1);
  several.post(1, "/_emulator/inbox/mine", {{"n", 2}});
  several.servers[1].reset();
  several.start();
  CHECK(several.poll(2, id) == "Pending");
  CHECK(several.get(2, "/_emulator/inbox/mine")["requests"].size() == 2);
}

TEST_CASE("uploads and inboxes are where they are, whoever is asked") {
  Several several(3);
  const std::string bytes = "\x89PNG\r\n\x1a\n not quite a picture";
  const auto reply = several.at(0).Post(
      "/wavespeed/api/v3/media/upload/binary", httplib::Headers{{"authorization", "Bearer me"}},
      httplib::MultipartFormDataItems{{"file", bytes, "a.png", "image/png"}});
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
  const std::string path = Lasting::path_of(Lasting::decoded(reply->body)["data"]["download_url"]);
  for (std::size_t i = 0; i < 3; ++i) CHECK(several.at(i).Get(path)->body == bytes);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(several.post(i, "/_emulator/inbox/mine", {{"n", i}})["received"] == i + 1);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(several.get(i, "/_emulator/inbox/mine")["requests"].size() == 3);
}

TEST_CASE("streams come through another emulator piece by piece") {
  Several several(2);
  several.submit(0);
  RawClient client(several.servers[1]->port());
  client.send(
      "GET /_emulator/sandboxes/me/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Authorization: Bearer token\r\n\r\n");
  const auto comes = [&](const std::string& text) {
    std::string came;
    while (came.find(text) == std::string::npos) {
      const std::string piece = client.read_bytes(1);
      if (piece.empty()) return false;
      came += piece;
    }
    return true;
  };
  REQUIRE(comes("text/event-stream"));
  several.post(0, "/_emulator/sandboxes/me/clock", {{"advance", "1m"}});
  CHECK(comes("event: clock"));
}

TEST_CASE("a WebSocket leads to the emulator that has the sandbox") {
  Several several(2);
  several.post(0, "/_emulator/sandboxes/me/clock", {{"skip", true}});
  RawClient client(several.servers[1]->port());
  client.send(upgrade_to("/fal.run/fal-ai/flux/schnell/realtime"));
  const RawReply reply = client.read_reply();
  REQUIRE(reply.status == 101);
  CHECK(reply.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  // {"prompt": "apple"}, in one masked frame.
  const std::string message =
      "\x81\xa6prompt\xa5"
      "apple";
  std::string frame = "\x82";
  frame += static_cast<char>(0x80 | message.size());
  REQUIRE(client.send(frame + std::string(4, '\0') + message));
  CHECK(client.read_bytes(2).size() == 2);
  CHECK(several.get(1, "/_emulator/sandboxes/me/tasks")["tasks"].size() == 1);
  CHECK(several.fleet(0)["home"] == 1);
}

TEST_CASE("what goes wrong with an answer goes wrong through another emulator as well") {
  Several several(2);
  const auto put =
      several.at(0).Put("/_emulator/sandboxes/me/scenario",
                        "name: broken\nrules:\n"
                        "  - when: { on: submit, prompt: closed }\n    then: { wire: empty }\n"
                        "  - when: { on: submit, prompt: reset }\n    then: { wire: reset }\n",
                        "text/plain");
  REQUIRE(put);
  CAPTURE(put->body);
  REQUIRE(put->status == 200);
  for (const char* const prompt : {"closed", "reset"}) {
    for (std::size_t i = 0; i < 2; ++i) {
      CAPTURE(prompt);
      CAPTURE(i);
      RawClient client(several.servers[i]->port());
      const std::string body = R"({"prompt":")" + std::string(prompt) + "\"}";
      client.send(
          "POST /bfl/v1/flux-dev HTTP/1.1\r\nHost: 127.0.0.1\r\nx-key: me\r\n"
          "content-type: application/json\r\ncontent-length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body);
      CHECK(client.read_until_close().empty());
    }
  }
}

TEST_CASE("a client that says it was passed on is not believed") {
  Several several(2);
  several.submit(0);
  const auto refused = several.at(1).Get(
      "/_emulator/sandboxes/me",
      httplib::Headers{{"authorization", "Bearer wrong"}, {"x-emulator-hop", "guess 0 1 unix"}});
  REQUIRE(refused);
  CHECK(refused->status == 401);
  // And it does not keep the request where it came.
  CHECK(several.at(1)
            .Get("/bfl/v1/credits",
                 httplib::Headers{{"x-key", "me"}, {"x-emulator-hop", "guess 0 1 unix"}})
            ->status == 200);
  CHECK(several.fleet(1)["home"] == 0);
  const Json requests = several.get(0, "/_emulator/sandboxes/me/requests")["requests"];
  CHECK(requests.dump().find("x-emulator-hop") == std::string::npos);
}

TEST_CASE("a request that was passed on to the wrong emulator is not passed on again") {
  Several several(2);
  several.submit(0);
  const std::string secret = several.redis.ask({"HGET", "provider-emulator:meta", "secret"}).text;
  const auto reply =
      several.at(1).Get("/bfl/v1/credits",
                        httplib::Headers{{"x-key", "me"}, {"x-emulator-hop", secret + " 0 1 a:1"}});
  REQUIRE(reply);
  CHECK(reply->status == 421);
  CHECK(several.fleet(1)["passed_on"] == 0);
}

TEST_CASE("what comes of a sandbox that was dropped is new, wherever it is asked for") {
  Several several(2);
  const std::string first = several.submit(0);
  REQUIRE(several.at(1).Delete("/_emulator/sandboxes/me"));
  CHECK(several.poll(0, first) == "Task not found");
  CHECK(several.submit(1) == first);  // the same chance again
  CHECK(several.get(0, "/_emulator/sandboxes/me/tasks")["tasks"].size() == 1);
}

}  // namespace emulator::test::TEST_FILE
