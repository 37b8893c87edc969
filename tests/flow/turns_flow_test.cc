// Nothing a client sends holds the loop: hostile requests, over real sockets, and what the metrics
// say of it afterwards. Processor time of the loop's thread, so that a busy machine changes
// nothing.
#include <doctest.h>
#include <httplib.h>

#include <map>
#include <string>
#include <thread>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

httplib::Client client_of(const TestServer& server) {
  httplib::Client client = patient_client(server.port());
  client.set_read_timeout(120);
  return client;
}

double metric(const TestServer& server, const std::string& name) {
  const auto reply = client_of(server).Get("/_emulator/metrics");
  REQUIRE(reply);
  const auto at = reply->body.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stod(reply->body.substr(at + 1 + name.size()));
}

std::string members(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  return out;
}

std::string status(const httplib::Result& reply) {
  REQUIRE(reply);
  return std::to_string(reply->status) + " " + reply->get_header_value("x-emulator-error");
}

}  // namespace

TEST_CASE("no hostile request holds the loop") {
  TestServer server(TestServer::quiet());
  auto client = client_of(server);
  const httplib::Headers key = {{"authorization", "Bearer me"}, {"x-key", "me"}};
  const char* const json = "application/json";

  // Many members, wherever WaveSpeed looks.
  const std::string crowd = "{" + members(60'000) + "}";
  for (const char* path :
       {"/wavespeed/api/v3/wavespeed-ai/flux-dev", "/wavespeed/api/v2/wavespeed-ai/flux-dev",
        "/wavespeed/api/v3/predictions", "/wavespeed/api/v3/model/price"}) {
    CAPTURE(path);
    const auto reply = client.Post(path, key, crowd, json);
    REQUIRE(reply);
    CHECK(reply->status >= 400);
  }
  // Many values.
  std::string values = "[";
  for (int i = 0; i < 2'000'000; ++i) values += "[],";
  CHECK(status(client.Post("/bfl/v1/flux-dev", key, values + "[]]", json)) == "413 json_too_large");
  CHECK(status(client.Post("/_emulator/sandboxes/me/clock", values + "[]]", json)) ==
        "413 json_too_large");
  // A document, many times in one piece.
  {
    RawClient raw(server.port());
    std::string piece;
    for (int i = 0; i < 200; ++i) piece += "GET /bfl/openapi.json HTTP/1.1\r\nhost: a\r\n\r\n";
    raw.send(piece);
    const std::string first = raw.read_reply().body;
    for (int i = 1; i < 200; ++i) CHECK(raw.read_reply().body == first);
  }
  // Patterns that take long to compile.
  std::string scenario = "name: t\nrules:\n";
  for (int i = 0; i < 800; ++i) scenario += "- {when: {prompt: {matches: '\\pL{50}'}}, then: {}}\n";
  CHECK(status(client.Put("/_emulator/sandboxes/me/scenario", scenario, "text/yaml")) ==
        "422 bad_scenario");
  // Clocks to the end of time, and a picture of a quarter of a thousand million pixels.
  CHECK(status(client.Post("/_emulator/sandboxes/me/clock", R"({"set":"2261-01-01T00:00:00Z"})",
                           json)) == "400 bad_request");

  CHECK(metric(server, "emulator_loop_turns_total") > 10);
  const double longest = std::chrono::duration<double>(TestServer::kLongestTurn).count();
  CHECK(metric(server, "emulator_loop_longest_turn_seconds") < longest);
}

TEST_CASE("a turn that is too long is told with its request, and counted") {
  ServeConfig config = TestServer::quiet();
  // Which reading a provider's contract takes in any build.
  config.server.long_turn = std::chrono::milliseconds(1);
  TestServer server(std::move(config));
  auto client = client_of(server);
  int tried = 0;
  // The coarse clock may not move during a turn of a millisecond or two: longer ones are made.
  std::string body = R"({"prompt":")" + std::string(8u << 20, 'x') + "\"}";
  while (metric(server, "emulator_loop_long_turns_total") == 0 && ++tried < 50)
    client.Post("/bfl/v1/flux-dev", {{"x-key", "me"}}, body, "application/json");
  CHECK(metric(server, "emulator_loop_long_turns_total") > 0);
  CHECK(server.told("the loop was held for "));
  CHECK(server.told(" ms of processor time by "));
}

}  // namespace emulator::test::TEST_FILE
