// The control API over real sockets.
#include <doctest.h>
#include <httplib.h>

#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Answer {
  int status;
  Json body;
};

Answer asked(httplib::Client& client, const std::string& method, const std::string& path,
             const std::string& body = "", const httplib::Headers& headers = {}) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers = headers;
  const auto reply = client.send(request);
  REQUIRE(reply);
  return {reply->status, Json::parse(reply->body, nullptr, false)};
}

}  // namespace

TEST_CASE("health, sandboxes, tasks and requests are told as they are") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const Answer health = asked(client, "GET", "/_emulator/health");
  CHECK(health.status == 200);
  CHECK(health.body["status"] == "ok");
  CHECK(asked(client, "GET", "/_emulator/sandboxes").body["sandboxes"].empty());

  client.Post("/bfl/v1/flux-dev", {{"x-key", "me"}}, R"({"prompt":"a cat","seed":5})",
              "application/json");
  client.Get("/bfl/v1/get_result?id=nope");
  const Json boxes = asked(client, "GET", "/_emulator/sandboxes").body["sandboxes"];
  REQUIRE(boxes.size() == 2);
  const Json tasks = asked(client, "GET", "/_emulator/sandboxes/me/tasks").body["tasks"];
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0]["prompt"] == "a cat");
  CHECK(tasks[0]["seed"] == 5);
  CHECK(tasks[0]["state"] == "running");
  const std::string id = tasks[0]["id"];
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/tasks/" + id).body["id"] == id);
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/tasks/nope").status == 404);

  const Json requests = asked(client, "GET", "/_emulator/sandboxes/me/requests").body["requests"];
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["id"] == "me-1");
  CHECK(requests[0]["on"] == "submit");
  CHECK(requests[0]["status"] == 200);
  const Json whole = asked(client, "GET", "/_emulator/sandboxes/me/requests/me-1").body;
  CHECK(whole["request"]["body"] == R"({"prompt":"a cat","seed":5})");
  CHECK(whole["why"]["scenario"] == "default");
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/requests/1").body == whole);
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/requests/99").status == 404);
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/requests?on=poll").body["requests"].empty());
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/requests?on=pole").status == 400);
  CHECK(asked(client, "GET", "/_emulator/sandboxes/me/requests?limit=x").status == 400);
}

TEST_CASE("a real-looking key shows nowhere") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string key = "bfl_0123456789abcdefghij";
  client.Post("/bfl/v1/flux-dev", {{"x-key", key}}, R"({"prompt":"a"})", "application/json");
  const Json boxes = asked(client, "GET", "/_emulator/sandboxes").body;
  CHECK(boxes.dump().find(key) == std::string::npos);
  const std::string name = boxes["sandboxes"][0]["name"];
  CHECK(name.starts_with("bfl_~"));
  const Json whole = asked(client, "GET", "/_emulator/sandboxes/" + name + "/requests/1").body;
  CHECK(whole.dump().find(key) == std::string::npos);
  CHECK(whole["key"] == name);
}

TEST_CASE("a clock is frozen, set, advanced, sped up, and refuses nonsense") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string clock = "/_emulator/sandboxes/c/clock";
  CHECK(asked(client, "GET", clock).body["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(asked(client, "POST", clock, R"({"advance":"1h"})").body["now"] ==
        "2026-01-01T01:00:00.000Z");
  CHECK(asked(client, "POST", clock, R"({"set":"2027-01-01T00:00:00Z"})").body["now"] ==
        "2027-01-01T00:00:00.000Z");
  CHECK(asked(client, "POST", clock, R"({"set":"2025-01-01T00:00:00Z"})").body["now"] ==
        "2025-01-01T00:00:00.000Z");
  CHECK(asked(client, "POST", clock, R"({"to":"next"})").body["fired"].empty());
  CHECK(asked(client, "POST", clock, R"({"speed":100})").body["speed"] == 100.0);
  CHECK(asked(client, "POST", clock, R"({"freeze":true})").body["speed"] == 0.0);
  for (const char* bad :
       {R"({"advance":"20"})", R"({"advance":5})", R"({"set":"tomorrow"})", R"({"to":"later"})",
        R"({"speed":-1})", R"({"speed":"fast"})", R"({"freeze":1})", R"({"advanse":"1s"})", "[]",
        "{", R"({"advance":"1s","set":"2026-01-01T00:00:00Z"})", R"({"advance":"900000000d"})"}) {
    INFO(bad);
    const Answer answer = asked(client, "POST", clock, bad);
    CHECK(answer.status == 400);
    CHECK(answer.body.contains("emulator_error"));
  }
  const Json hint = asked(client, "POST", clock, R"({"advanse":"1s"})").body;
  CHECK(hint["emulator_error"]["message"].get<std::string>().find("did you mean \"advance\"?") !=
        std::string::npos);
}

TEST_CASE("a reset puts back what it is asked to, and says what that was") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string box = "/_emulator/sandboxes/r";
  const auto submit = [&] {
    const auto reply =
        client.Post("/bfl/v1/flux-dev", {{"x-key", "r"}}, R"({"prompt":"a"})", "application/json");
    return Json::parse(reply->body)["id"].get<std::string>();
  };
  const std::string first = submit();
  asked(client, "POST", box + "/clock", R"({"advance":"1h"})");
  CHECK(asked(client, "POST", box + "/reset", R"({"what":["clock"]})").body["reset"] ==
        Json({"clock"}));
  CHECK(asked(client, "GET", box).body["tasks"] == 1);
  CHECK(asked(client, "GET", box).body["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(asked(client, "POST", box + "/reset").body["reset"].size() == 6);
  CHECK(asked(client, "GET", box).body["tasks"] == 0);
  // Begun anew, the same happens again.
  CHECK(submit() == first);
  CHECK(asked(client, "POST", box + "/reset", R"({"what":["clocks"]})").status == 400);
  CHECK(asked(client, "POST", box + "/reset", R"({"what":"clock"})").status == 400);
  CHECK(asked(client, "GET", box + "/reset").status == 405);
  CHECK(asked(client, "DELETE", box).body["deleted"] == true);
  CHECK(asked(client, "DELETE", box).body["deleted"] == false);
}

TEST_CASE("a scenario is put whole or not at all") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string place = "/_emulator/sandboxes/s/scenario";
  CHECK(asked(client, "PUT", place, R"({"name":"stuck"})").body["name"] == "stuck");
  const Answer bad =
      asked(client, "PUT", place, "name: x\nrules:\n  - thn: {}\n  - then: {run: 5}\n");
  CHECK(bad.status == 422);
  CHECK(bad.body["emulator_error"]["errors"].size() >= 2);
  CHECK(bad.body["emulator_error"]["errors"][0]["line"] == 3);
  CHECK(asked(client, "GET", place).body["name"] == "stuck");
  CHECK(asked(client, "PUT", place, R"({"name":"stuk"})").status == 422);
}

TEST_CASE("foreign pages and names cannot steer the emulator") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const std::string boxes = "/_emulator/sandboxes";
  CHECK(asked(client, "GET", boxes, "", {{"Origin", "https://evil.example"}}).status == 403);
  CHECK(asked(client, "GET", boxes, "", {{"Origin", "null"}}).status == 403);
  CHECK(asked(client, "GET", boxes, "", {{"Origin", "http://localhost:5173"}}).status == 403);
  CHECK(asked(client, "GET", boxes, "", {{"Host", "evil.example"}}).status == 403);
  CHECK(asked(client, "GET", boxes, "", {{"Host", "api.bfl.ai"}}).status == 403);
  for (const char* trick : {"/bfl/../_emulator/health", "/bfl/%2e%2e/_emulator/health",
                            "/_emulator%2fhealth", "//_emulator/health", "/bfl/_emulator/health"}) {
    INFO(trick);
    CHECK(asked(client, "GET", trick).status == 404);
  }
}

TEST_CASE("a control token is asked for where one is set") {
  ServeConfig config = TestServer::quiet();
  config.control_token = "sesame";
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const std::string boxes = "/_emulator/sandboxes";
  CHECK(asked(client, "GET", boxes).status == 401);
  CHECK(asked(client, "GET", boxes, "", {{"Authorization", "Bearer wrong"}}).status == 401);
  CHECK(asked(client, "GET", boxes, "", {{"Authorization", "Bearer sesame"}}).status == 200);
  CHECK(client.Get("/bfl/v1/get_result?id=00000000-0000-0000-0000-000000000000")->status == 404);
}

}  // namespace emulator::test::TEST_FILE
