// A scenario file that is edited while the emulator serves.
#include <doctest.h>
#include <httplib.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Served {
  Served() {
    char name[] = "/tmp/emulator-test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    write("name: before\nrules:\n  - when: { nth: 2 }\n    then: { refuse: unavailable }\n");
    ServeConfig config = TestServer::quiet();
    config.scenario = folder + "/story.yaml";
    server = std::make_unique<TestServer>(config);
    client = std::make_unique<httplib::Client>(patient_client(server->port()));
  }
  ~Served() { std::filesystem::remove_all(folder); }

  void write(const std::string& text) const {
    std::ofstream(folder + "/draft") << text;
    std::filesystem::rename(folder + "/draft", folder + "/story.yaml");
  }
  std::string scenario_of(const std::string& box) const {
    const auto reply = client->Get("/_emulator/sandboxes/" + box + "/scenario");
    REQUIRE(reply);
    return Json::parse(reply->body)["name"];
  }
  int submit(const std::string& key) const {
    const auto reply =
        client->Post("/bfl/v1/flux-dev", {{"x-key", key}}, R"({"prompt":"a"})", "application/json");
    REQUIRE(reply);
    return reply->status;
  }

  std::string folder;
  std::unique_ptr<TestServer> server;
  std::unique_ptr<httplib::Client> client;
};

// Waits for what another thread brings about; the limit is only a safety net.
template <class Condition>
bool eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("an edited scenario file is taken up while serving; own scenarios are left alone") {
  Served served;
  served.client->Put("/_emulator/sandboxes/own/scenario", "name: mine", "application/yaml");
  CHECK(served.submit("shared") == 200);
  served.write("name: after\nrules:\n  - when: { nth: 2 }\n    then: { refuse: forbidden }\n");
  CHECK(eventually([&] { return served.scenario_of("shared") == "after"; }));
  CHECK(served.scenario_of("own") == "mine");
  // Counting starts anew with the new rules: this is their first, the next their second.
  CHECK(served.submit("shared") == 200);
  CHECK(served.submit("shared") == 403);

  served.write("name: [broken");
  served.write("name: later");
  CHECK(eventually([&] { return served.scenario_of("shared") == "later"; }));
}

}  // namespace emulator::test::TEST_FILE
