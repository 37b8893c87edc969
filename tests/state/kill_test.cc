// An emulator that is killed in the middle of its work, again and again: whatever it had answered
// is as it said when the next one takes over its file, and nothing is there twice. The clients are
// the oracle: they remember every answer, and never send a request twice.
#include <doctest.h>
#include <fcntl.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/base/random.h"
#include "tests/flow/process.h"
#include "tests/state/oracle.h"
#include "tests/support/client.h"

extern char** environ;

namespace emulator::test::TEST_FILE {
namespace {

constexpr int kClients = 4;

// A process of the emulator on the file of state in the folder.
class Process {
 public:
  explicit Process(const ScratchFolder& folder) {
    std::filesystem::remove(folder.at("port"));
    const std::string port_file = folder.at("port"), state = folder.at("state"),
                      story = folder.at("story.yaml");
    const char* const words[] = {BINARY,         "serve",           "--port",  "0",
                                 "--port-file",  port_file.c_str(), "--state", state.c_str(),
                                 "--scenario",   story.c_str(),     "--seed",  "1",
                                 "--state-wait", "600000",          "--log",   "off",
                                 nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    REQUIRE(::posix_spawn(&pid_, BINARY, &actions, nullptr, const_cast<char* const*>(words),
                          environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(comes_true([&] { return !folder.read("port").empty(); }));
    port_ = static_cast<std::uint16_t>(std::stoul(folder.read("port")));
  }
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::uint16_t port() const { return port_; }

 private:
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

// One key, whose owner submits, polls and downloads one after the other.
struct Owner : Asker {
  std::uint64_t draws = 0;
};

// Asks until the emulator is gone, or `stop`.
void work(Owner& owner, std::uint16_t port, const std::atomic<bool>& stop,
          std::atomic<std::uint64_t>& submissions) {
  httplib::Client client = patient_client(port);
  client.set_keep_alive(true);
  const httplib::Headers headers{{"x-key", owner.key}};
  while (!stop) {
    const std::string prompt = owner.key + " " + std::to_string(++owner.sent);
    const auto submitted =
        client.Post("/bfl/v1/flux-dev", headers,
                    R"({"width":256,"height":256,"prompt":")" + prompt + "\"}", "application/json");
    if (!submitted) return;
    if (submitted->status != 200) continue;
    Answered& mine = owner.answered[prompt];
    mine.id = decoded(submitted->body)["id"];
    ++submissions;
    if (Draw::of(1, owner.key, ++owner.draws).below(2) == 0) continue;
    const auto polled = client.Get("/bfl/v1/get_result?id=" + mine.id);
    if (!polled) return;
    const Json body = decoded(polled->body);
    if (body["status"] != "Ready") continue;
    mine.seed = body["result"]["seed"].dump();
    mine.link = path_of(body["result"]["sample"]);
    const auto picture = client.Get(mine.link);
    if (!picture) return;
    if (picture->status == 200) mine.picture = picture->body;
  }
}

}  // namespace

TEST_CASE(
    "nothing that was answered is lost, and nothing is there twice, however often it is killed") {
  const char* const wanted = std::getenv("EMULATOR_KILLS");
  const int kills = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 5;
  const ScratchFolder folder;
  folder.write("story.yaml", kStory);
  std::vector<Owner> owners(kClients);
  for (int i = 0; i < kClients; ++i)
    owners[static_cast<std::size_t>(i)].key = "k" + std::to_string(i);
  Draw draw = Draw::of(1, "kills");
  double cost = 0;
  for (int round = 0; round < kills; ++round) {
    CAPTURE(round);
    Process process(folder);
    if (round == 0) cost = cost_of_one(process.port());
    CHECK(cost > 0);
    for (const Owner& owner : owners)
      if (!owner.answered.empty()) compare(owner, process.port(), cost);
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> submissions{0};
    std::vector<std::thread> threads;
    for (Owner& owner : owners)
      threads.emplace_back([&] { work(owner, process.port(), stop, submissions); });
    const std::uint64_t enough = 50 + draw.below(400);
    // A machine that is slow has answered fewer by then; that the kill comes amid answers is
    // enough.
    int looks = 0;
    CHECK(comes_true([&] { return submissions >= enough || (++looks > 4000 && submissions > 0); }));
    process.kill();
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
  Process process(folder);
  std::size_t answered = 0, unanswered = 0;
  for (const Owner& owner : owners) {
    compare(owner, process.port(), cost);
    answered += owner.answered.size();
    unanswered += owner.sent - owner.answered.size();
  }
  MESSAGE(kills << " kills, " << answered << " submissions answered, " << unanswered << " not");
}

}  // namespace emulator::test::TEST_FILE
