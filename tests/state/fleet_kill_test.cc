// Three emulators behind a real balancer, of which one is killed, or stopped for a while, in the
// middle of its work: whatever was answered is so afterwards, whoever answers, and nothing is there
// twice. The clients are the oracle: they remember every answer.
#include <doctest.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/state/fleet.h"
#include "tests/state/oracle.h"
#include "tests/support/client.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// One key, whose owner submits, polls and downloads, one after the other, through the balancer.
struct Owner : Asker {
  std::size_t refused = 0;
  std::atomic<std::size_t> count{0};  // of answered submissions; read by others
  SteadyClock::duration longest{};    // between one answered submission and the next
};

void work(Owner& owner, std::uint16_t port, const std::atomic<bool>& stop) {
  httplib::Client client = patient_client(port);
  client.set_keep_alive(true);
  client.set_read_timeout(2, 0);  // an emulator that stands still answers nobody
  const httplib::Headers headers{{"x-key", owner.key}};
  auto last = SteadyClock::now();
  while (!stop) {
    const std::string prompt = owner.key + " " + std::to_string(++owner.sent);
    const auto submitted =
        client.Post("/bfl/v1/flux-dev", headers,
                    R"({"width":256,"height":256,"prompt":")" + prompt + "\"}", "application/json");
    if (!submitted || submitted->status != 200) {
      ++owner.refused;
      continue;
    }
    owner.longest = std::max(owner.longest, SteadyClock::now() - last);
    last = SteadyClock::now();
    ++owner.count;
    Answered& mine = owner.answered[prompt];
    mine.id = decoded(submitted->body)["id"];
    if (owner.sent % 3 != 0) continue;
    const auto polled = client.Get("/bfl/v1/get_result?id=" + mine.id);
    if (!polled || polled->status != 200) continue;
    const Json body = decoded(polled->body);
    if (body["status"] != "Ready") continue;
    mine.seed = body["result"]["seed"].dump();
    mine.link = path_of(body["result"]["sample"]);
    const auto picture = client.Get(mine.link);
    if (picture && picture->status == 200) mine.picture = picture->body;
  }
}

std::string told(const std::vector<Owner>& owners) {
  std::string out;
  for (const Owner& owner : owners)
    out += owner.key + ": " + std::to_string(owner.answered.size()) + " answered, " +
           std::to_string(owner.refused) + " not, longest gap " +
           std::to_string(owner.longest / 1ms) + " ms; ";
  return out;
}

// Owners at work, while `happens` does what it does to the emulators. It is handed what waits until
// each owner has been answered so many times more.
using Until = std::function<void(std::size_t more)>;
void at_work(Fleet& fleet, const std::function<void(const Until&)>& happens) {
  const double cost = cost_of_one(fleet.front);
  CHECK(cost > 0);
  std::vector<Owner> owners(6);
  for (std::size_t i = 0; i < owners.size(); ++i) owners[i].key = "k" + std::to_string(i);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (Owner& owner : owners) threads.emplace_back([&] { work(owner, fleet.front, stop); });
  happens([&](std::size_t more) {
    std::vector<std::size_t> goals;
    for (const Owner& owner : owners) goals.push_back(owner.count + more);
    CHECK(comes_true([&] {
      for (std::size_t i = 0; i < owners.size(); ++i)
        if (owners[i].count < goals[i]) return false;
      return true;
    }));
  });
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const Owner& owner : owners) compare(owner, fleet.front, cost);
  MESSAGE(told(owners));
}

}  // namespace

TEST_CASE(
    "an emulator that is killed: its sandboxes are answered for by others, and nothing is lost") {
  const char* const wanted = std::getenv("EMULATOR_KILLS");
  const int kills = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 2;
  Fleet fleet(kStory);
  at_work(fleet, [&](const Until& until) {
    until(20);
    for (int kill = 0; kill < kills; ++kill) {
      CAPTURE(kill);
      const std::size_t i = static_cast<std::size_t>(kill) % kEmulators;
      fleet.emulators[i]->end(SIGKILL);
      until(20);
      fleet.emulators[i] = fleet.start(fleet.ports[i]);
      until(20);
    }
  });
}

TEST_CASE("an emulator that stood still does not answer for what others took over meanwhile") {
  Fleet fleet(kStory);
  at_work(fleet, [&](const Until& until) {
    until(20);
    fleet.emulators[0]->send(SIGSTOP);
    until(20);
    fleet.emulators[0]->send(SIGCONT);
    until(20);
  });
}

TEST_CASE("a request that an emulator stands still over is broken off, and the next is answered") {
  Fleet fleet(kStory, Fleet::Ends::kNever);
  const httplib::Headers headers{{"x-key", "stuck"}};
  httplib::Client home = patient_client(fleet.ports[0]);
  const auto first = home.Get("/bfl/v1/credits", headers);
  REQUIRE(first);
  REQUIRE(first->status == 200);

  fleet.emulators[0]->send(SIGSTOP);
  httplib::Client other = patient_client(fleet.ports[1]);
  other.set_read_timeout(120, 0);
  const auto from = SteadyClock::now();
  const auto passed = other.Get("/bfl/v1/credits", headers);
  CHECK(SteadyClock::now() - from < 60s);  // else it is the client that gives up
  CHECK_FALSE(passed);
  CHECK(comes_true([&] {
    const auto again = other.Get("/bfl/v1/credits", headers);
    return again && again->status == 200 && again->body == first->body;
  }));
  fleet.emulators[0]->send(SIGCONT);
}

}  // namespace emulator::test::TEST_FILE
