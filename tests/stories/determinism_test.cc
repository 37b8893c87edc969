// The same suite on many emulators at once, with one seed and connections in another order on each:
// every answer and every journal is the same, faults and pictures included.
#include <doctest.h>
#include <httplib.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json.h"
#include "tests/stories/stage.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test {
namespace {

const char* const kChancy = R"(
name: chancy
defaults: { queue: 0s..2s, run: { p50: 1s, p99: 4s } }
rules:
  - { name: no, when: { on: submit, chance: 20% }, then: { refuse: unavailable } }
  - { name: lost, when: { on: submit, chance: 10% }, then: { wire: lost } }
  - { name: ends, when: { on: submit, chance: 20% }, then: { end: failed } }
  - { name: reset, when: { on: poll, chance: 20% }, then: { wire: reset } }
  - { name: garbage, when: { on: poll, chance: 10% }, then: { wire: garbage } }
  - { name: cut, when: { on: download, chance: 30% }, then: { wire: { cut: 50% } } }
  - { name: noise, when: { on: download, chance: 30% }, then: { image: { style: noise } } }
)";
constexpr int kEmulators = 20;
constexpr int kRounds = 6;
const std::vector<std::string> kKeys{"red", "green", "blue", "grey"};

// One client of one key, a step at a time. What it has seen is kept as text.
class Client {
 public:
  Client(std::uint16_t port, std::string key) : port_(port), key_(std::move(key)) {}

  bool done() const { return round_ == kRounds; }

  void step() {
    switch (step_++) {
      case 0:
        poll_ = path_of(
            sent("POST", "/bfl/v1/flux-dev", R"({"prompt":"a"})").value("polling_url", Json()));
        break;
      case 1:
        sent("POST", "/_emulator/sandboxes/" + key_ + "/clock", R"({"advance":"6s"})");
        break;
      case 2:
      case 3: {
        const Json shown = poll_ == "/" ? Json() : sent("GET", poll_);
        const Json result = shown.is_object() ? shown.value("result", Json()) : Json();
        if (result.is_object()) picture_ = path_of(result.value("sample", Json()));
        break;
      }
      default:
        if (!picture_.empty()) sent("GET", picture_);
        picture_.clear();
        step_ = 0;
        ++round_;
    }
  }

  // Every entry of its journal, whole but for what the wall says.
  std::string journal() {
    std::string out;
    const Json list = sent("GET", "/_emulator/sandboxes/" + key_ + "/requests?limit=1000");
    for (const Json& entry : list["requests"]) {
      Json whole = sent(
          "GET", "/_emulator/sandboxes/" + key_ + "/requests/" + entry["id"].get<std::string>());
      whole.erase("took_ms");
      out += whole.dump() + "\n";
    }
    return out;
  }
  const std::string& seen() const { return seen_; }
  int faults() const { return faults_; }

 private:
  Json sent(const std::string& method, const std::string& path, const std::string& body = "") {
    httplib::Client client = patient_client(port_);
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = {{"x-key", key_}, {"host", "emulator.test"}};
    if (!body.empty()) request.headers.emplace("content-type", "application/json");
    request.body = body;
    const auto reply = client.send(request);
    if (!reply) {
      seen_ += path + " fails\n";
      ++faults_;
      return Json::object();
    }
    seen_ += path + " " + std::to_string(reply->status) + " " + reply->body + "\n";
    Json json = Json::parse(reply->body, nullptr, false);
    return json.is_object() ? json : Json::object();
  }

  std::uint16_t port_;
  std::string key_, poll_ = "/", picture_, seen_;
  int step_ = 0, round_ = 0, faults_ = 0;
};

// What each key has seen on one emulator, and its journal, by key.
struct Run {
  std::map<std::string, std::string> seen, journal;
  int faults = 0;
};

Run run(unsigned order) {
  ServeConfig config = TestServer::quiet();
  config.pipeline.public_url = "http://emulator.test";
  TestServer server(config);
  std::vector<Client> clients;
  for (const std::string& key : kKeys) {
    httplib::Client control = patient_client(server.port());
    control.Put("/_emulator/sandboxes/" + key + "/scenario", kChancy, "application/yaml");
    clients.emplace_back(server.port(), key);
  }
  std::mt19937 shuffle(order);
  while (!std::all_of(clients.begin(), clients.end(), [](const Client& c) { return c.done(); })) {
    Client& next = clients[shuffle() % clients.size()];
    if (!next.done()) next.step();
  }
  Run out;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    out.seen[kKeys[i]] = clients[i].seen();
    out.faults += clients[i].faults();
    out.journal[kKeys[i]] = clients[i].journal();
  }
  return out;
}

}  // namespace

TEST_CASE("twenty emulators with one seed do the same, whatever the order of connections") {
  std::vector<Run> runs(kEmulators);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kEmulators; ++i) threads.emplace_back([&runs, i] { runs[i] = run(i); });
  for (std::thread& thread : threads) thread.join();

  CHECK(runs[0].faults > 5);
  CHECK(runs[0].seen["red"] != runs[0].seen["blue"]);  // each key has chance of its own
  for (int i = 1; i < kEmulators; ++i) {
    CAPTURE(i);
    for (const std::string& key : kKeys) {
      CAPTURE(key);
      CHECK((runs[static_cast<std::size_t>(i)].seen[key] == runs[0].seen[key]));
      CHECK((runs[static_cast<std::size_t>(i)].journal[key] == runs[0].journal[key]));
      CHECK(runs[0].journal[key].size() > 10'000);
    }
  }
}

}  // namespace emulator::test
