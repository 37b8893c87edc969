// Every `wire` of a scenario, on JSON, on server-sent events and on pictures, seen from outside
// with a raw socket while another connection works on.
#include <doctest.h>

#include <chrono>
#include <functional>
#include <string>

#include "emulator/base/json.h"
#include "emulator/image/picture.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;

std::string request_text(const std::string& method, const std::string& target,
                         const std::string& body = "") {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                     "x-key: k\r\nauthorization: Key k\r\n";
  if (!body.empty())
    text +=
        "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

std::string path_of(const std::string& url) { return url.substr(url.find('/', 8)); }

// A request whose second answer goes wrong: of what kind the answer is, and how to ask for it.
struct Kind {
  const char* name;
  const char* on;
  std::function<std::string(RawClient& client)> prepared;  // the request's bytes
};

std::string submit_json(RawClient&) {
  return request_text("POST", "/bfl/v1/flux-dev", R"({"prompt":"a","seed":1})");
}

std::string follow_events(RawClient& client) {
  const RawReply made = client.ask(
      request_text("POST", "/queue.fal.run/fal-ai/flux/dev", R"({"prompt":"a [[run: 0s]]"})"));
  const std::string status = Json::parse(made.body)["status_url"];
  return request_text("GET", path_of(status) + "/stream");
}

std::string fetch_picture(RawClient& client) {
  const RawReply made = client.ask(request_text(
      "POST", "/bfl/v1/flux-dev", R"({"prompt":"a [[run: 0s]]","width":256,"height":256})"));
  const RawReply ready =
      client.ask(request_text("GET", path_of(Json::parse(made.body)["polling_url"])));
  return request_text("GET", path_of(Json::parse(ready.body)["result"]["sample"]));
}

const Kind kKinds[] = {{"JSON", "submit", submit_json},
                       {"events", "stream", follow_events},
                       {"picture", "download", fetch_picture}};

// One emulator whose second answer of a kind goes wrong, the client that will meet it, the request
// that asks for it, the good answer to the same, and somebody else who notices nothing.
struct Scene {
  Scene(const Kind& kind, const std::string& wire) : server(config(kind, wire)), client(port()) {
    asked = kind.prepared(client);
    // Where the submission itself is the request, preparing sent none.
    good = client.ask(asked);
    REQUIRE(good.complete);
    REQUIRE(good.status == 200);
  }
  ~Scene() {
    RawClient other(port());
    CHECK(other.ask(asked).complete);
    CHECK(bystander_works());
    CHECK(server.stop() == 0);
  }

  ServeConfig config(const Kind& kind, const std::string& wire) {
    ServeConfig config = TestServer::quiet();
    scenario = "name: wire\nrules:\n  - name: trouble\n    when: { on: " + std::string(kind.on) +
               ", nth: 2 }\n    then: { wire: " + wire + " }\n";
    return config;
  }
  // The control API puts the scenario, as there is no file to read it from.
  std::uint16_t port() {
    if (!std::exchange(put, true)) {
      RawClient control(server.port());
      REQUIRE(
          control.ask(request_text("PUT", "/_emulator/sandboxes/k/scenario", scenario)).status ==
          200);
    }
    return server.port();
  }
  bool bystander_works() {
    RawClient bystander(port());
    const RawReply reply = bystander.ask(request_text("GET", "/_emulator/health"));
    return reply.complete && reply.status == 200;
  }

  std::string scenario;
  bool put = false;
  TestServer server;
  RawClient client;
  std::string asked;
  RawReply good;
};

// Runs a check for each kind of answer.
void for_each_kind(const std::string& wire, const std::function<void(Scene&, const Kind&)>& check) {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Scene scene(kind, wire);
    check(scene, kind);
  }
}

bool is_picture(const Kind& kind) { return std::string_view(kind.name) == "picture"; }
bool is_stream(const Kind& kind) { return std::string_view(kind.name) == "events"; }

}  // namespace

TEST_CASE("wire lost, empty: the connection closes in order without a byte") {
  for (const char* wire : {"lost", "empty"}) {
    CAPTURE(wire);
    for_each_kind(wire, [](Scene& scene, const Kind&) {
      scene.client.send(scene.asked);
      CHECK(scene.client.closes_silently());
    });
  }
}

TEST_CASE("wire lost does the work, empty, reset and hang do not") {
  for (const std::string wire : {"lost", "empty", "reset", "hang"}) {
    CAPTURE(wire);
    Scene scene(kKinds[0], wire);
    scene.client.send(scene.asked);
    if (wire == "hang")
      CHECK(scene.client.stays_silent(20ms));
    else
      CHECK(scene.client.read_until_close().empty());
    RawClient control(scene.port());
    const RawReply tasks = control.ask(request_text("GET", "/_emulator/sandboxes/k/tasks"));
    CHECK(Json::parse(tasks.body)["tasks"].size() == (wire == "lost" ? 2 : 1));
  }
}

TEST_CASE("wire reset: the connection is reset without a byte") {
  for_each_kind("reset", [](Scene& scene, const Kind&) {
    scene.client.send(scene.asked);
    CHECK(scene.client.read_until_close().empty());
    CHECK(scene.client.was_reset());
  });
}

TEST_CASE("wire hang: nothing comes, nothing ends, and others are answered meanwhile") {
  for_each_kind("hang", [](Scene& scene, const Kind&) {
    scene.client.send(scene.asked);
    CHECK(scene.client.stays_silent(30ms));
    CHECK(scene.bystander_works());
    CHECK(scene.client.stays_silent(1ms));
  });
}

TEST_CASE("wire cut at bytes: so many of the body, then the end") {
  for_each_kind("{ cut: 10 }", [](Scene& scene, const Kind& kind) {
    const RawReply reply = scene.client.ask(scene.asked);
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.complete);
    CHECK(scene.client.was_closed());
    CHECK(reply.body.size() == 10);
    if (!is_stream(kind)) CHECK(reply.announced == scene.good.body.size());
    if (!std::string_view(kind.on).starts_with("submit"))
      CHECK(reply.body == scene.good.body.substr(0, 10));
  });
}

TEST_CASE("wire cut at a share: that much of the body, of a stream that much of its first event") {
  for_each_kind("{ cut: 25% }", [](Scene& scene, const Kind& kind) {
    const RawReply reply = scene.client.ask(scene.asked);
    CHECK_FALSE(reply.complete);
    CHECK(scene.client.was_closed());
    const std::size_t whole =
        is_stream(kind) ? scene.good.body.find("\n\n") + 2 : scene.good.body.size();
    CHECK(reply.body.size() == whole / 4);
  });
}

TEST_CASE("wire slow: the body comes whole and bit by bit, and holds up nobody") {
  for_each_kind("{ slow: 3KB/s }", [](Scene& scene, const Kind& kind) {
    const auto from = std::chrono::steady_clock::now();
    scene.client.send(scene.asked);
    CHECK(scene.bystander_works());
    scene.client.patience(30s);
    const RawReply reply = scene.client.read_reply();
    const auto took = std::chrono::steady_clock::now() - from;
    CHECK(reply.complete);
    CHECK(reply.body.size() == scene.good.body.size());
    if (is_picture(kind)) CHECK(reply.body == scene.good.body);
    // Never quicker than the pace, less the first slice of 50 ms; how much slower is the machine's.
    const double seconds = static_cast<double>(reply.body.size()) / 3'000 - 0.06;
    CHECK(std::chrono::duration<double>(took).count() > seconds);
    CHECK(scene.client.ask(scene.asked).complete);
  });
}

TEST_CASE("wire garbage: bytes that are no HTTP, then the end") {
  for_each_kind("garbage", [](Scene& scene, const Kind&) {
    scene.client.send(scene.asked);
    const std::string bytes = scene.client.read_until_close();
    CHECK(bytes.size() == 256);
    CHECK_FALSE(bytes.starts_with("HTTP"));
    CHECK(scene.client.was_closed());
  });
}

TEST_CASE("wire wrong_length: more is announced than comes") {
  for_each_kind("wrong_length", [](Scene& scene, const Kind& kind) {
    const RawReply reply = scene.client.ask(scene.asked);
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.complete);
    CHECK(scene.client.was_closed());
    CHECK(reply.body.size() == scene.good.body.size());
    // A stream has no length; there it is a last chunk that is announced and never comes.
    if (is_stream(kind))
      CHECK(reply.chunked);
    else
      CHECK(reply.announced == 2 * scene.good.body.size() + 1);
  });
}

TEST_CASE("wire wrong_type: the body is right and its type is not") {
  for_each_kind("wrong_type", [](Scene& scene, const Kind& kind) {
    CHECK(scene.good.header("content-type")->find("html") == std::string::npos);
    const RawReply reply = scene.client.ask(scene.asked);
    CHECK(reply.complete);
    CHECK(reply.header("content-type") == "text/html; charset=utf-8");
    CHECK(reply.body.size() == scene.good.body.size());
    if (is_picture(kind)) CHECK(reply.body == scene.good.body);
  });
}

TEST_CASE("wire bad_json: no parser takes what comes; a picture has no JSON to spoil") {
  for_each_kind("bad_json", [](Scene& scene, const Kind& kind) {
    const RawReply reply = scene.client.ask(scene.asked);
    CHECK(reply.complete);
    CHECK(reply.body.size() == scene.good.body.size());
    if (is_picture(kind)) {
      CHECK(reply.body == scene.good.body);
      return;
    }
    const auto json_of = [&](const std::string& body) {
      if (!is_stream(kind)) return body;
      const std::size_t data = body.find("data: ") + 6;
      return body.substr(data, body.find('\n', data) - data);
    };
    CHECK(Json::accept(json_of(scene.good.body)));
    CHECK_FALSE(Json::accept(json_of(reply.body)));
  });
}

TEST_CASE("a bad_json that finds no JSON says so in the journal") {
  Scene scene(kKinds[2], "bad_json");
  const RawReply reply = scene.client.ask(scene.asked);
  const std::string id = *reply.header("x-emulator-request");
  RawClient control(scene.port());
  const RawReply entry = control.ask(request_text("GET", "/_emulator/sandboxes/k/requests/" + id));
  CHECK(entry.body.find("carries no JSON") != std::string::npos);
}

}  // namespace emulator::test::TEST_FILE
