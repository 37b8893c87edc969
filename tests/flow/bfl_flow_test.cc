// BFL over real sockets, on a clock moved by the control API.
#include <doctest.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/image/picture.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

Json posted(httplib::Client& client, const std::string& path, const std::string& body,
            const httplib::Headers& headers = {}, int status = 200) {
  const auto reply = client.Post(path, headers, body, "application/json");
  REQUIRE(reply);
  CHECK(reply->status == status);
  return Json::parse(reply->body);
}

Json got(httplib::Client& client, const std::string& path) {
  const auto reply = client.Get(path);
  REQUIRE(reply);
  return Json::parse(reply->body);
}

std::string path_of(const std::string& url) { return url.substr(url.find('/', 8)); }

}  // namespace

TEST_CASE("submit, pending, advance, ready, download, advance ten minutes, 403") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  client.set_keep_alive(true);
  const Json made = posted(client, "/bfl/v1/flux-pro-1.1-ultra", R"({"prompt":"a red apple"})",
                           {{"x-key", "flow"}});
  const std::string poll = path_of(made["polling_url"]);
  CHECK(made["polling_url"] ==
        server.base() + "/bfl/v1/get_result?id=" + made["id"].get<std::string>());
  CHECK(got(client, poll)["status"] == "Pending");
  const std::string clock = "/_emulator/sandboxes/flow/clock";
  const Json moved = posted(client, clock, R"({"to":"next"})");
  CHECK(moved["fired"][0]["kind"] == "task");
  CHECK(moved["fired"][0]["id"] == made["id"]);
  const Json ready = got(client, poll);
  REQUIRE(ready["status"] == "Ready");

  const std::string sample = path_of(ready["result"]["sample"]);
  const auto picture = client.Get(sample);
  REQUIRE(picture);
  CHECK(picture->status == 200);
  const auto size = image::size_of(picture->body);
  REQUIRE(size);
  CHECK(size->width == 2752);
  CHECK(size->height == 1536);
  CHECK(picture->get_header_value("content-length") == std::to_string(picture->body.size()));
  CHECK(picture->get_header_value("x-emulator-task") == made["id"].get<std::string>());
  CHECK(client.Get(sample)->body == picture->body);
  const auto head = client.Head(sample);
  REQUIRE(head);
  CHECK(head->body.empty());
  CHECK(head->get_header_value("content-length") == std::to_string(picture->body.size()));
  const auto part = client.Get(sample, {{"range", "bytes=10-19"}});
  CHECK(part->status == 206);
  CHECK(part->body == picture->body.substr(10, 10));

  posted(client, clock, R"({"advance":"10m1s"})", {}, 400);
  posted(client, clock, R"({"advance":"10m"})");
  const auto dead = client.Get(sample);
  REQUIRE(dead);
  CHECK(dead->status == 403);
  CHECK(dead->body.starts_with("\xef\xbb\xbf<?xml"));
  CHECK(client.Get(path_of(got(client, poll)["result"]["sample"]))->body == picture->body);
  CHECK(server.stop() == 0);
}

TEST_CASE("BFL's OpenAPI document says what is served, and marks what is closed or deprecated") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const Json document = got(client, "/bfl/openapi.json");
  const Json& paths = document["paths"];
  const auto body = [&](const char* path) -> const Json& {
    return paths.at(path)["post"]["requestBody"]["content"]["application/json"]["schema"];
  };
  const Json& three = body("/v1/flux-3-image");
  CHECK(three["additionalProperties"] == false);
  CHECK(three["required"] == Json{"prompt"});
  CHECK(three["properties"]["images"]["anyOf"][1]["maxItems"] == 10);
  CHECK_FALSE(three["properties"].contains("seed"));
  CHECK(paths["/v1/flux-3-image"]["post"]["responses"]["200"]["content"]["application/json"]
             ["schema"]["$ref"] == "#/components/schemas/AsyncResponse");
  CHECK_FALSE(body("/v1/flux-dev").contains("additionalProperties"));
  CHECK(paths["/v1/flux-kontext-pro"]["post"]["deprecated"] == true);
  CHECK_FALSE(paths["/v1/flux-2-pro"]["post"].contains("deprecated"));
  CHECK_FALSE(paths.contains("/v1/flux-pro-1.0-canny"));  // answered still, documented no longer
  const Json& words = document["components"]["schemas"]["StatusResponse"]["enum"];
  for (const char* word : {"Pending", "Reasoning", "Generating", "Ready", "Task not found"})
    CHECK(std::count(words.begin(), words.end(), word) == 1);
  // Every reference leads somewhere, and every path but those of lists takes a submission.
  const std::string text = document.dump();
  const std::string mark = "#/components/schemas/";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto begin = at + mark.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    CAPTURE(name);
    CHECK(document["components"]["schemas"].contains(name));
  }
  for (const auto& [path, operations] : paths.items()) {
    const auto& this_path = path;
    CAPTURE(this_path);
    if (!operations.contains("post")) continue;
    const auto reply = client.Post("/bfl" + path, {{"x-key", "me"}}, "[]", "application/json");
    REQUIRE(reply);
    CHECK(reply->status == 422);
  }
  CHECK(server.stop() == 0);
}

TEST_CASE("two keys at the same time, a thousand tasks each, and neither sees the other") {
  TestServer server(TestServer::quiet());
  const char* const scenarios[] = {
      "{name: one, defaults: {run: 10s}, rules: [{when: {every: 2}, then: {end: failed}}]}",
      "{name: two, defaults: {run: 1h}}"};
  const char* const names[] = {"alpha", "beta"};
  const char* const steps[] = {R"({"advance":"10s"})", R"({"advance":"1h"})"};
  std::vector<std::string> ids[2];
  std::atomic<int> faults{0};
  const auto work = [&](int which) {
    httplib::Client client = patient_client(server.port());
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    const std::string box = std::string("/_emulator/sandboxes/") + names[which];
    const auto put = client.Put(box + "/scenario", scenarios[which], "application/yaml");
    if (!put || put->status != 200) ++faults;
    const httplib::Headers key = {{"x-key", names[which]}};
    while (ids[which].size() < 1'000) {
      const auto reply =
          client.Post("/bfl/v1/flux-dev", key, R"({"prompt":"a"})", "application/json");
      if (!reply) {
        ++faults;
        return;
      }
      if (reply->status == 429) {
        // Never before 24 are under way, always then.
        if (ids[which].size() % 24 != 0 || ids[which].empty()) ++faults;
        client.Post(box + "/clock", steps[which], "application/json");
      } else {
        ids[which].push_back(Json::parse(reply->body)["id"].get<std::string>());
      }
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  CHECK(faults == 0);

  httplib::Client client = patient_client(server.port());
  for (int which = 0; which < 2; ++which) {
    const Json tasks = got(client, std::string("/_emulator/sandboxes/") + names[which] +
                                       "/tasks?limit=100000")["tasks"];
    REQUIRE(tasks.size() == 1'000);
    std::set<std::string> seen;
    for (const Json& task : tasks) seen.insert(task["id"].get<std::string>());
    CHECK(seen == std::set<std::string>(ids[which].begin(), ids[which].end()));
    std::size_t failed = 0;
    for (const Json& task : tasks) failed += task["end"] == "failed" ? 1 : 0;
    // Half of those that have ended: 41 rounds of 24, the last 16 being under way still.
    CHECK(failed == (which == 0 ? 41 * 24 / 2 : 0));
  }
  CHECK(got(client, "/_emulator/sandboxes/alpha")["now"] == "2026-01-01T00:06:50.000Z");
  CHECK(got(client, "/_emulator/sandboxes/beta")["now"] == "2026-01-02T17:00:00.000Z");
}

TEST_CASE("replies held by a scripted delay hold up nobody, and follow the clock") {
  ServeConfig config = TestServer::quiet();
  TestServer server(config);
  httplib::Client control = patient_client(server.port());
  control.Put("/_emulator/sandboxes/slow/scenario",
              "{name: s, rules: [{when: {on: submit}, then: {delay: 10s}}]}", "application/yaml");
  std::vector<std::thread> waiting;
  std::atomic<int> answered{0};
  for (int i = 0; i < 20; ++i)
    waiting.emplace_back([&] {
      httplib::Client client = patient_client(server.port());
      const auto reply = client.Post("/bfl/v1/flux-dev", {{"x-key", "slow"}}, R"({"prompt":"a"})",
                                     "application/json");
      if (reply && reply->status == 200) ++answered;
    });
  // All of them are in once the journal has them; others are served meanwhile.
  Json line;
  do {
    line = got(control, "/_emulator/sandboxes/slow");
  } while (line["pending"] != 20);
  CHECK(answered == 0);
  CHECK(posted(control, "/bfl/v1/flux-dev", R"({"prompt":"a"})", {{"x-key", "quick"}})
            .contains("id"));
  const Json moved = posted(control, "/_emulator/sandboxes/slow/clock", R"({"advance":"10s"})");
  for (std::thread& thread : waiting) thread.join();
  CHECK(answered == 20);
  int replies = 0;
  for (const Json& item : moved["fired"]) replies += item["kind"] == "reply" ? 1 : 0;
  CHECK(replies == 20);
}

}  // namespace emulator::test::TEST_FILE
