// What must not get at the control API, byte for byte over real sockets.
#include <doctest.h>
#include <httplib.h>

#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

RawReply asked(const TestServer& server, const std::string& bytes) {
  RawClient client(server.port());
  return client.ask(bytes);
}

// A POST that would move the clock of sandbox `me`, by this request target and these headers.
std::string post(const std::string& target, const std::string& headers) {
  const std::string body = R"({"advance":"1h"})";
  return "POST " + target + " HTTP/1.1\r\n" + headers +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The control API has not been reached: the clock of `me` stands where it stood.
bool clock_stands(const TestServer& server) {
  httplib::Client client = patient_client(server.port());
  const auto reply = client.Get("/_emulator/sandboxes/me/clock");
  REQUIRE(reply);
  return Json::parse(reply->body)["now"] == "2026-01-01T00:00:00.000Z";
}

const std::string kClock = "/_emulator/sandboxes/me/clock";

}  // namespace

TEST_CASE("the way that is open is open, so that the closed ones mean something") {
  TestServer server(TestServer::quiet());
  CHECK(asked(server, post(kClock, "host: 127.0.0.1\r\n")).status == 200);
  CHECK_FALSE(clock_stands(server));
}

TEST_CASE("no request target leads around the front door") {
  TestServer server(TestServer::quiet());
  const std::string targets[] = {
      "/bfl/.." + kClock,
      "/bfl/../.." + kClock,
      "/bfl/%2e%2e" + kClock,
      "/bfl/..%2f_emulator/sandboxes/me/clock",
      "/bfl%2f.." + kClock,
      "/bfl" + kClock,
      "/bfl/bfl" + kClock,
      "/fal" + kClock,
      "/fal/queue.fal.run" + kClock,
      "/queue.fal.run/fal" + kClock,
      "/fal/proxy" + kClock,
      "/wavespeed" + kClock,
      "/apiframe" + kClock,
      "/vtrix" + kClock,
      "/" + kClock,
      "//x" + kClock,
      "/./_emulator/sandboxes/me/clock",
      "/%5femulator/sandboxes/me/clock",
      "/%5Femulator/sandboxes/me/clock",
      "/_EMULATOR/sandboxes/me/clock",
      "/_emulator%2fsandboxes/me/clock",
      "/_emulator;x/sandboxes/me/clock",
      "/_emulator\\sandboxes\\me\\clock",
      "/_emulator/../bfl" + kClock,
      "/_emulator/./sandboxes/me/clock",
      "/_emulator/sandboxes/me/x/../clock",
      "/v1/../_emulator/sandboxes/me/clock",
      "http://api.bfl.ai" + kClock,
      "http://evil.com" + kClock,
      "http://localhost@evil.com" + kClock,
      "http://localhost:x@evil.com" + kClock,
      "HTTPS://evil.com:443" + kClock,
      "ftp://127.0.0.1" + kClock,
      "127.0.0.1" + kClock,
      "_emulator/sandboxes/me/clock",
  };
  for (const std::string& target : targets) {
    INFO(target);
    const RawReply reply = asked(server, post(target, "host: 127.0.0.1\r\n"));
    CHECK(reply.complete);
    CHECK(reply.status >= 400);
  }
  CHECK(clock_stands(server));
}

TEST_CASE("no Host but this machine's gets at the control API, however it is written") {
  TestServer server(TestServer::quiet());
  const std::string headers[] = {
      "host: evil.com\r\n",
      "host: evil.com:" + std::to_string(server.port()) + "\r\n",
      "host: EVIL.COM.\r\n",
      "host: 127.0.0.1.evil.com\r\n",
      "host: localhost.evil.com\r\n",
      "host: api.bfl.ai\r\n",
      "host: API.BFL.AI:80\r\n",
      "host: queue.fal.run\r\n",
      "host: v3.fal.media\r\n",
      "host: api.wavespeed.ai.\r\n",
      "host: api.apiframe.ai\r\n",
      "host: cloud.vtrix.ai\r\n",
      "host: 127.0.0.1\r\nhost: evil.com\r\n",
      "host: evil.com\r\nhost: 127.0.0.1\r\n",
      "host: evil.com\r\nx-forwarded-host: localhost\r\n",
      "host: 127.0.0.1, evil.com\r\n",
      "host: 127.0.0.1 evil.com\r\n",
      "host: 127.0.0.1@evil.com\r\n",
      "x-nothing: 1\r\n",
  };
  for (const std::string& lines : headers) {
    INFO(lines);
    const RawReply reply = asked(server, post(kClock, lines));
    CHECK(reply.complete);
    CHECK((reply.status == 403 || reply.status == 400));
  }
  CHECK(clock_stands(server));
}

TEST_CASE("a foreign page's simple requests and its preflight get nowhere") {
  TestServer server(TestServer::quiet());
  for (const char* type :
       {"text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/json"})
    for (const char* origin : {"http://evil.com", "null", "https://127.0.0.1.evil.com"}) {
      INFO(type, " ", origin);
      const RawReply reply =
          asked(server, post(kClock, "host: 127.0.0.1\r\norigin: " + std::string(origin) +
                                         "\r\ncontent-type: " + type + "\r\n"));
      CHECK(reply.status == 403);
      CHECK_FALSE(reply.header("access-control-allow-origin"));
    }
  const RawReply preflight =
      asked(server, "OPTIONS " + kClock +
                        " HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: http://evil.com\r\n"
                        "access-control-request-method: POST\r\n\r\n");
  CHECK(preflight.status == 403);
  CHECK_FALSE(preflight.header("access-control-allow-origin"));
  CHECK(clock_stands(server));
}

TEST_CASE("what fal's proxy is asked to forward to is never the control API") {
  TestServer server(TestServer::quiet());
  for (const char* target :
       {"http://127.0.0.1/_emulator/sandboxes/me/clock", "http://localhost/_emulator/health",
        "https://queue.fal.run/_emulator/sandboxes/me/clock",
        "https://queue.fal.run/../_emulator/sandboxes/me/clock",
        "https://queue.fal.run@127.0.0.1/_emulator/sandboxes/me/clock"}) {
    INFO(target);
    const RawReply reply = asked(
        server,
        post("/fal/proxy", "host: 127.0.0.1\r\nx-fal-target-url: " + std::string(target) + "\r\n"));
    CHECK(reply.complete);
    CHECK(reply.body.find("\"fired\"") == std::string::npos);
  }
  CHECK(clock_stands(server));
}

TEST_CASE("away from loopback a token is made, and nothing of the control API answers without") {
  ServeConfig config = TestServer::quiet();
  config.server.host = "0.0.0.0";
  TestServer server(config);
  const std::string host = "host: build-box\r\n";
  for (const char* path : {"/_emulator/sandboxes", "/_emulator", "/_emulator/health/",
                           "/_emulator/x", "/_emulator/sandboxes/me/requests"}) {
    INFO(path);
    CHECK(asked(server, "GET " + std::string(path) + " HTTP/1.1\r\n" + host + "\r\n").status ==
          401);
  }
  CHECK(asked(server, post(kClock, host + "authorization: Bearer wrong\r\n")).status == 401);
  CHECK(asked(server, post(kClock, host + "authorization: Bearer drawn-token\r\n")).status == 200);
  // Providers ask for no token.
  CHECK(
      asked(server, "GET /bfl/v1/get_result?id=00000000-0000-0000-0000-000000000000 HTTP/1.1\r\n" +
                        host + "\r\n")
          .status == 404);
}

TEST_CASE("headers and bodies beyond the bounds are refused before anybody looks at them") {
  ServeConfig config = TestServer::quiet();
  config.server.limits.body_bytes = 1'000;
  config.server.limits.header_bytes = 1'024;
  TestServer server(config);
  CHECK(asked(server,
              "POST " + kClock + " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1001\r\n\r\n")
            .status == 413);
  CHECK(asked(server, "GET " + kClock + " HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " +
                          std::string(1'100, 'a') + "\r\n\r\n")
            .status == 431);
  CHECK(clock_stands(server));
}

TEST_CASE("the emulator sends itself no webhook that would steer it, only to its inboxes") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  for (const char* path : {"/_emulator/sandboxes/me/reset", "/_emulator", "/_emulator/x?y=1",
                           "/_emulator/inbox/mine"}) {
    INFO(path);
    const std::string name = "hook-" + std::to_string(std::string(path).size());
    const auto queued = client.Post("/queue.fal.run/fal-ai/flux/dev?fal_webhook=" +
                                        httplib::detail::encode_query_param(server.base() + path),
                                    {{"authorization", "Key " + name + ":secret"}},
                                    R"({"prompt":"a"})", "application/json");
    REQUIRE(queued);
    REQUIRE(queued->status == 200);
    client.Post("/_emulator/sandboxes/" + name + "/clock", R"({"advance":"1m"})",
                "application/json");
    const auto told = client.Get("/_emulator/sandboxes/" + name + "/webhooks");
    REQUIRE(told);
    const Json hooks = Json::parse(told->body)["webhooks"];
    REQUIRE(hooks.size() == 1);
    const bool inbox = std::string(path) == "/_emulator/inbox/mine";
    CHECK(hooks[0]["state"] == (inbox ? "delivered" : "refused"));
  }
}

TEST_CASE("what a call tells and what a sandbox notes is bounded by flags") {
  ServeConfig config = TestServer::quiet();
  config.sandboxes.fired = 2;
  config.sandboxes.notes = 1;
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const auto job = [&](const std::string& repeat_key) {
    const auto reply =
        client.Post("/v2/images/generate", {{"x-api-key", "me"}, {"idempotency-key", repeat_key}},
                    R"({"model":"flux-1.1-pro","prompt":"a"})", "application/json");
    REQUIRE(reply);
    return Json::parse(reply->body)["jobId"].get<std::string>();
  };
  const std::string first = job("one");
  CHECK(job("one") == first);
  const std::string second = job("two");
  CHECK(job("two") == second);
  CHECK(job("one") != first);  // forgotten for the second
  const auto moved = client.Post(kClock, R"({"advance":"1h"})", "application/json");
  REQUIRE(moved);
  CHECK(Json::parse(moved->body)["fired"].size() == 2);
  CHECK(Json::parse(moved->body)["fired_cut"] == true);
}

}  // namespace emulator::test::TEST_FILE
