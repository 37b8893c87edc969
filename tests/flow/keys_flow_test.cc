// `--auth FILE`: each provider's answers to keys it does not know, over real sockets.
#include <doctest.h>
#include <httplib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

// An emulator that goes by a key file, which can be rewritten.
struct Served {
  explicit Served(const std::string& text) {
    char name[] = "/tmp/emulator-keys.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    write(text);
    ServeConfig config = TestServer::quiet();
    config.pipeline.auth = Keys::Policy::kBook;
    config.key_file = folder + "/keys.yaml";
    server = std::make_unique<TestServer>(config);
    client = std::make_unique<httplib::Client>(patient_client(server->port()));
  }
  ~Served() {
    server.reset();
    std::filesystem::remove_all(folder);
  }
  void write(const std::string& text) const {
    std::ofstream(folder + "/draft") << text;
    std::filesystem::rename(folder + "/draft", folder + "/keys.yaml");
  }
  httplib::Result submit(const std::string& path, const httplib::Headers& headers,
                         const std::string& body = R"({"prompt":"a cat"})") const {
    auto reply = client->Post(path, headers, body, "application/json");
    REQUIRE_MESSAGE(reply, httplib::to_string(reply.error()));
    return reply;
  }
  int bfl(const std::string& key) const {
    return submit("/bfl/v1/flux-pro-1.1", {{"x-key", key}})->status;
  }
  std::string folder;
  std::unique_ptr<TestServer> server;
  std::unique_ptr<httplib::Client> client;
};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

const std::string kVtrixBody = R"({"model":"flux_pro_11","input":[{"params":{"prompt":"a cat"}}]})";
const std::string kApiframeBody = R"({"model":"flux-1.1-pro","prompt":"a cat"})";

}  // namespace

TEST_CASE("each provider refuses unknown, malformed and inactive keys in its own words") {
  const std::string good(64, 'a'), old(64, 'b'), unknown(64, 'c');
  const Served served(
      "keys:\n  - { key: bfl_good }\n  - { key: bfl_old, inactive: true }\n  - { key: " + good +
      " }\n  - { key: " + old +
      ", inactive: true }\n  - { key: 'id:secret' }\n"
      "  - { key: 'old:secret', inactive: true }\n"
      "  - { key: afk_good }\n  - { key: afk_old, inactive: true }\n"
      "  - { key: sa-good }\n  - { key: sa-old, inactive: true }\n");
  const std::string wave_text =
      R"({"code":401,"message":"Invalid API key. Verify the key on your dashboard's API Keys page, or contact support@wavespeed.ai."})";
  struct Row {
    const char* name;
    std::string path;
    httplib::Headers headers;
    std::string body;
    int status;
    std::string says;
  };
  const std::string prompt = R"({"prompt":"a cat"})";
  const std::string bfl = "/bfl/v1/flux-pro-1.1", fal = "/queue.fal.run/fal-ai/flux/dev",
                    wave = "/api/v3/wavespeed-ai/flux-dev", apiframe = "/v2/images/generate",
                    vtrix = "/model/v1/generation";
  const Row rows[] = {
      {"bfl good", bfl, {{"x-key", "bfl_good"}}, prompt, 200, "polling_url"},
      {"bfl unknown",
       bfl,
       {{"x-key", "bfl_unknown"}},
       prompt,
       403,
       R"({"detail":"Not authenticated - Invalid Authentication"})"},
      {"bfl inactive",
       bfl,
       {{"x-key", "bfl_old"}},
       prompt,
       403,
       R"({"detail":"Not authenticated - Invalid Authentication"})"},
      {"bfl malformed",
       bfl,
       {{"x-key", "junk"}},
       prompt,
       422,
       R"({"detail":"Invalid API key format"})"},
      {"bfl none", bfl, {}, prompt, 403, R"({"detail":"Not authenticated"})"},
      {"fal good", fal, {{"authorization", "Key id:secret"}}, prompt, 200, "IN_QUEUE"},
      {"fal wrong secret",
       fal,
       {{"authorization", "Key id:guess"}},
       prompt,
       401,
       R"({"detail":"invalid key credentials"})"},
      {"fal inactive",
       fal,
       {{"authorization", "Key old:secret"}},
       prompt,
       401,
       R"({"detail":"invalid key credentials"})"},
      {"fal malformed",
       fal,
       {{"authorization", "Key junk"}},
       prompt,
       401,
       "Invalid Key Authorization header format."},
      {"wavespeed good", wave, {{"authorization", "Bearer " + good}}, prompt, 200, "created"},
      {"wavespeed unknown", wave, {{"authorization", "Bearer " + unknown}}, prompt, 401, wave_text},
      {"wavespeed inactive", wave, {{"authorization", "Bearer " + old}}, prompt, 401, wave_text},
      {"apiframe good", apiframe, {{"x-api-key", "afk_good"}}, kApiframeBody, 202, "jobId"},
      {"apiframe unknown",
       apiframe,
       {{"x-api-key", "afk_unknown"}},
       kApiframeBody,
       401,
       R"({"error":"Invalid API key"})"},
      {"apiframe inactive",
       apiframe,
       {{"x-api-key", "afk_old"}},
       kApiframeBody,
       403,
       R"({"error":"API key is inactive"})"},
      {"vtrix good", vtrix, {{"authorization", "Bearer sa-good"}}, kVtrixBody, 200, "in_progress"},
      {"vtrix unknown",
       vtrix,
       {{"authorization", "Bearer sa-unknown"}},
       kVtrixBody,
       401,
       R"("message":"Invalid API key")"},
      {"vtrix inactive",
       vtrix,
       {{"authorization", "Key sa-old"}},
       kVtrixBody,
       401,
       R"("message":"Invalid API key")"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const auto reply = served.submit(row.path, row.headers, row.body);
    CHECK(reply->status == row.status);
    CHECK_MESSAGE(reply->body.find(row.says) != std::string::npos, reply->body);
    CHECK_FALSE(reply->has_header("x-emulator-error"));
  }
}

TEST_CASE("a path that fal has not tells a good key from a bad one all the same") {
  const Served served("keys: [{ key: 'id:secret' }]");
  httplib::Client client = patient_client(served.server->port());
  struct Row {
    const char* path;
    const char* key;
    int status;
  };
  for (const Row& row :
       {Row{"/queue.fal.run/", "Key id:secret", 404}, Row{"/queue.fal.run/", "Key id:guess", 401},
        Row{"/queue.fal.run/fal-ai/flux", "Key id:secret", 405},
        Row{"/queue.fal.run/fal-ai/flux", "Key id:guess", 401},
        Row{"/fal.run/fal-ai/flux", "Key id:guess", 401}}) {
    INFO(row.path << " " << row.key);
    CHECK(client.Get(row.path, {{"authorization", row.key}})->status == row.status);
  }
}

TEST_CASE("reading a task asks for a key where the provider does") {
  const Served served("keys: [{ key: bfl_good }, { key: 'id:secret' }]");
  const auto task = served.submit("/bfl/v1/flux-pro-1.1", {{"x-key", "bfl_good"}});
  const std::string id = Json::parse(task->body)["id"];
  CHECK(served.client->Get("/bfl/v1/get_result?id=" + id)->status == 200);
  const auto queued =
      served.submit("/queue.fal.run/fal-ai/flux/dev", {{"authorization", "Key id:secret"}});
  const std::string path = "/queue.fal.run/fal-ai/flux/requests/" +
                           Json::parse(queued->body)["request_id"].get<std::string>() + "/status";
  CHECK(served.client->Get(path)->status == 202);
  CHECK(served.client->Get(path, {{"authorization", "Key id:guess"}})->status == 401);
}

TEST_CASE("a key's credits and limits are its account's, and no other key's") {
  const Served served(
      "keys:\n  - { key: bfl_poor, credits: { bfl: 9 } }\n  - { key: bfl_rich }\n"
      "  - { key: bfl_slow, limits: { rate: { submissions: 1, window: 10s }, running: 1 } }\n");
  CHECK(served.bfl("bfl_poor") == 200);
  CHECK(served.client->Get("/bfl/v1/credits", {{"x-key", "bfl_poor"}})->body ==
        R"({"credits":5.0})");
  CHECK(served.bfl("bfl_poor") == 200);
  CHECK(served.bfl("bfl_poor") == 402);
  CHECK(served.bfl("bfl_rich") == 200);
  CHECK(served.bfl("bfl_slow") == 200);
  CHECK(served.bfl("bfl_slow") == 429);
  served.client->Post("/_emulator/sandboxes/bfl_slow/clock", R"({"advance":"10s"})",
                      "application/json");
  CHECK(served.bfl("bfl_slow") == 200);
}

TEST_CASE("a changed key file holds from the next request on; a broken one changes nothing") {
  const Served served("keys: [{ key: bfl_a }]");
  CHECK(served.bfl("bfl_a") == 200);
  CHECK(served.bfl("bfl_b") == 403);
  served.write("keys: [{ key: bfl_b }]");
  CHECK(eventually([&] { return served.bfl("bfl_b") == 200; }));
  CHECK(served.bfl("bfl_a") == 403);
  served.write("keys: [{ kye: bfl_a }]");
  CHECK(eventually([&] { return served.server->told("the keys before it stay"); }));
  CHECK(served.server->told("keys.yaml:1:10: unknown key \"kye\""));
  CHECK(served.bfl("bfl_b") == 200);
  CHECK(served.bfl("bfl_a") == 403);
  served.write("keys: [{ key: bfl_a }]");
  CHECK(eventually([&] { return served.bfl("bfl_a") == 200; }));
}

}  // namespace emulator::test::TEST_FILE
