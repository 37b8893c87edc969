// A clock that skips, over real sockets: ten minutes of work, and nobody waits. The clocks stand
// still, so that nothing but skipping could move them.
#include <doctest.h>
#include <httplib.h>

#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

const std::string kPrompt = R"({"prompt":"a lighthouse"})";

// An emulator whose sandbox "flow" skips, and whose tasks wait five minutes and run for ten.
struct Skipping {
  Skipping() : server(TestServer::quiet()), client(patient_client(server.port())) {
    control("clock", R"({"skip":true})");
    play("{name: slow, defaults: {queue: 5m, run: 10m}}");
  }

  Json control(const std::string& call, const std::string& body) {
    return json(client.Post("/_emulator/sandboxes/flow/" + call, body, "application/json"));
  }
  void play(const std::string& scenario) {
    const auto reply =
        client.Put("/_emulator/sandboxes/flow/scenario", scenario, "application/yaml");
    REQUIRE(reply);
    REQUIRE_MESSAGE(reply->status == 200, reply->body);
  }
  std::string now() {
    return json(client.Get("/_emulator/sandboxes/flow/clock"))["now"].get<std::string>().substr(11,
                                                                                                8);
  }
  Json post(const std::string& path, const std::string& body, const httplib::Headers& headers) {
    return json(client.Post(path, headers, body, "application/json"));
  }
  Json get(const std::string& path, const httplib::Headers& headers) {
    return json(client.Get(path, headers));
  }
  static Json json(const httplib::Result& reply) {
    REQUIRE(reply);
    return Json::parse(reply->body, nullptr, false);
  }
  static std::string path_of(const Json& url) {
    const std::string text = url.get<std::string>();
    return text.substr(text.find('/', 8));
  }

  TestServer server;
  httplib::Client client;
};

const httplib::Headers kFal = {{"authorization", "Key flow:secret"}};
const httplib::Headers kBearer = {{"authorization", "Bearer flow"}};

}  // namespace

TEST_CASE("skip: a poll of BFL's is answered as of the next thing the task does") {
  Skipping box;
  const httplib::Headers key = {{"x-key", "flow"}};
  const Json made = box.post("/bfl/v1/flux-dev", kPrompt, key);
  const std::string poll = box.path_of(made["polling_url"]);
  CHECK(box.now() == "00:00:00");
  const Json first = box.get(poll, key);
  CHECK(first["status"] == "Pending");
  CHECK(box.now() == "00:05:00");
  const Json second = box.get(poll, key);
  CHECK(second["status"] == "Ready");
  CHECK(box.now() == "00:15:00");
  CHECK(box.get(poll, key)["status"] == "Ready");
  CHECK(box.now() == "00:15:00");  // nothing more is to come of it
  CHECK(box.client.Get(box.path_of(second["result"]["sample"]))->status == 200);
}

TEST_CASE("skip: fal's queue, its result and its direct call take no time") {
  Skipping box;
  const Json made = box.post("/queue.fal.run/fal-ai/flux/dev", kPrompt, kFal);
  const std::string status = box.path_of(made["status_url"]);
  CHECK(box.get(status, kFal)["status"] == "IN_PROGRESS");
  CHECK(box.get(status, kFal)["status"] == "COMPLETED");
  CHECK(box.now() == "00:15:00");
  CHECK(box.get(box.path_of(made["response_url"]), kFal)["images"].size() == 1);

  box.play("{name: slow, defaults: {run: 10m}}");
  const Json asked = box.post("/queue.fal.run/fal-ai/flux/dev", kPrompt, kFal);
  CHECK(box.get(box.path_of(asked["response_url"]), kFal)["images"].size() == 1);
  CHECK(box.now() == "00:25:00");
  CHECK(box.post("/fal.run/fal-ai/flux/dev", kPrompt, kFal)["images"].size() == 1);
  CHECK(box.now() == "00:35:00");
}

TEST_CASE("skip: fal's stream of a status tells of every change, and ends") {
  Skipping box;
  const Json made = box.post("/queue.fal.run/fal-ai/flux/dev", kPrompt, kFal);
  const auto stream = box.client.Get(box.path_of(made["status_url"]) + "/stream", kFal);
  REQUIRE(stream);
  const auto queued = stream->body.find("IN_QUEUE"), running = stream->body.find("IN_PROGRESS"),
             over = stream->body.find("COMPLETED");
  CHECK(queued < running);
  CHECK(running < over);
  CHECK(over != std::string::npos);
  CHECK(box.now() == "00:15:00");

  const auto output =
      box.client.Post("/fal.run/fal-ai/flux/dev/stream", kFal, kPrompt, "application/json");
  REQUIRE(output);
  CHECK(output->body.find("\"images\"") != std::string::npos);
  CHECK(box.now() == "00:30:00");
}

TEST_CASE("skip: a stream that counts polls ends as well, one second a look") {
  Skipping box;
  box.play("{name: counts, rules: [{when: {}, then: {polls: 4}}]}");
  const Json made = box.post("/queue.fal.run/fal-ai/flux/dev", kPrompt, kFal);
  const auto stream = box.client.Get(box.path_of(made["status_url"]) + "/stream", kFal);
  REQUIRE(stream);
  CHECK(stream->body.find("COMPLETED") != std::string::npos);
  CHECK(box.now() == "00:00:03");
}

TEST_CASE("skip: WaveSpeed's polls and its synchronous mode take no time") {
  Skipping box;
  const Json made = box.post("/wavespeed/api/v3/wavespeed-ai/flux-dev", kPrompt, kBearer);
  const std::string poll = box.path_of(made["data"]["urls"]["get"]);
  CHECK(box.get(poll, kBearer)["data"]["status"] == "processing");
  CHECK(box.get(poll, kBearer)["data"]["status"] == "completed");
  CHECK(box.now() == "00:15:00");

  box.play("{name: slow, defaults: {run: 30s}}");
  const Json direct = box.post("/wavespeed/api/v3/wavespeed-ai/flux-dev",
                               R"({"prompt":"a lighthouse","enable_sync_mode":true})", kBearer);
  CHECK(direct["data"]["status"] == "completed");
  CHECK(box.now() == "00:15:30");
}

TEST_CASE("skip: Apiframe's and Vtrix' polls take no time") {
  Skipping box;
  const httplib::Headers key = {{"x-api-key", "flow"}};
  const Json job = box.post("/apiframe/v2/images/generate",
                            R"({"model":"flux-1.1-pro","prompt":"a lighthouse"})", key);
  const std::string poll = "/apiframe/v2/jobs/" + job["jobId"].get<std::string>();
  CHECK(box.get(poll, key)["status"] == "PROCESSING");
  CHECK(box.get(poll, key)["status"] == "COMPLETED");
  CHECK(box.now() == "00:15:00");

  const Json task = box.post(
      "/vtrix/model/v1/generation",
      R"({"model":"flux_pro_11","input":[{"params":{"prompt":"a lighthouse"}}]})", kBearer);
  const std::string id = task["id"].get<std::string>();
  CHECK(box.get("/vtrix/model/v1/generation/task/" + id, kBearer)["status"] == "in_progress");
  CHECK(box.get("/vtrix/model/v1/generation/task/" + id, kBearer)["status"] == "completed");
  CHECK(box.now() == "00:30:00");
}

TEST_CASE("skip: many who wait at once are all answered, and other sandboxes notice nothing") {
  Skipping box;
  constexpr int kClients = 12;
  std::vector<std::thread> threads;
  std::vector<std::string> states(kClients);
  for (std::size_t i = 0; i < kClients; ++i)
    threads.emplace_back([&, i] {
      httplib::Client client = patient_client(box.server.port());
      if (i % 3 == 0) {
        const auto direct =
            client.Post("/fal.run/fal-ai/flux/dev", kFal, kPrompt, "application/json");
        states[i] = direct && direct->status == 200 ? "done" : "direct failed";
        return;
      }
      const auto made =
          client.Post("/queue.fal.run/fal-ai/flux/dev", kFal, kPrompt, "application/json");
      if (!made || made->status != 200) return;
      const std::string status =
          Skipping::path_of(Json::parse(made->body)["status_url"].get<std::string>());
      if (i % 3 == 1) {
        const auto stream = client.Get(status + "/stream", kFal);
        states[i] = stream && stream->body.find("COMPLETED") != std::string::npos ? "done" : "open";
        return;
      }
      // A poll waits no longer than a quarter of a second for the others' moves.
      for (int poll = 0; poll < 100 && states[i] != "done"; ++poll) {
        const auto seen = client.Get(status, kFal);
        states[i] = seen && seen->status == 200 ? "done" : "running";
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& state : states) CHECK(state == "done");
  const Json other = Skipping::json(box.client.Get("/_emulator/sandboxes/other/clock"));
  CHECK(other["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(other["skip"] == false);
}

TEST_CASE("serve --clock skip: every sandbox's clock runs with the wall, and skips") {
  ServeConfig config = TestServer::quiet();
  config.clock = *clock_start("skip");
  TestServer server(std::move(config));
  httplib::Client client = patient_client(server.port());
  const auto clock = client.Get("/_emulator/sandboxes/flow/clock");
  REQUIRE(clock);
  CHECK(Json::parse(clock->body)["skip"] == true);
  CHECK(Json::parse(clock->body)["speed"] == 1.0);
  REQUIRE(client
              .Put("/_emulator/sandboxes/flow/scenario", "{name: slow, defaults: {run: 10m}}",
                   "application/yaml")
              ->status == 200);
  CHECK(client.Post("/fal.run/fal-ai/flux/dev", kFal, kPrompt, "application/json")->status == 200);
}

}  // namespace emulator::test::TEST_FILE
