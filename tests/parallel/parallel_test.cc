// Parallel suites on one emulator: nothing of one process shows in another's sandbox.
#include <doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test {
namespace {

constexpr int kProcesses = 200;
constexpr int kAtOnce = 16;

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t started(const std::vector<std::string>& words, const std::string& out) {
  std::vector<std::string> kept = words;
  std::vector<char*> argv;
  for (std::string& word : kept) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid != 0) return pid;
  const int fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd >= 0 && ::dup2(fd, STDOUT_FILENO) >= 0) ::execv(argv[0], argv.data());
  ::_exit(99);
}

// An emulator in a process of its own, as a CI job has it.
struct Served {
  Served() {
    char name[] = "/tmp/emulator-parallel.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    pid = started({BINARY, "serve", "--port", "0", "--port-file", folder + "/port", "--log", "off",
                   "--seed", "1"},
                  folder + "/out");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!std::filesystem::exists(folder + "/port")) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    port = static_cast<std::uint16_t>(std::atoi(content(folder + "/port").c_str()));
  }
  ~Served() {
    ::kill(pid, SIGTERM);
    ::waitpid(pid, nullptr, 0);
    std::filesystem::remove_all(folder);
  }
  Json told(const std::string& path) const {
    RawClient client(port);
    const RawReply reply =
        client.ask("GET /_emulator/sandboxes" + path + " HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    REQUIRE(reply.status == 200);
    auto body = decode_json(reply.body);
    REQUIRE(body);
    return *body;
  }
  std::string folder;
  pid_t pid = 0;
  std::uint16_t port = 0;
};

// Runs all clients, at most `kAtOnce` together; what each printed, by number.
std::vector<Json> reports_of(const Served& served) {
  std::map<pid_t, int> running;
  std::vector<Json> reports(kProcesses);
  int next = 0;
  while (next < kProcesses || !running.empty()) {
    while (next < kProcesses && running.size() < kAtOnce) {
      const pid_t pid = started({CLIENT, std::to_string(served.port), std::to_string(next)},
                                served.folder + "/" + std::to_string(next));
      running[pid] = next++;
    }
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    REQUIRE_MESSAGE(pid != served.pid, "the emulator has ended");
    const auto ended = running.find(pid);
    REQUIRE(ended != running.end());
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    auto report = decode_json(content(served.folder + "/" + std::to_string(ended->second)));
    REQUIRE(report);
    reports[static_cast<std::size_t>(ended->second)] = *report;
    running.erase(ended);
  }
  return reports;
}

// The journal's lines, reduced to what a client knows of its own requests.
Json lines_of(const Json& requests) {
  Json out = Json::array();
  for (const Json& line : requests)
    out.push_back({line["method"], line["target"], line["status"], line["id"]});
  return out;
}

Json sent_lines(const Json& sent) {
  Json out = Json::array();
  for (const Json& line : sent)
    out.push_back({line["method"], line["target"], line["status"], line["request"]});
  return out;
}

}  // namespace

TEST_CASE("200 processes on one emulator: every sandbox has seen what its process sent, no more") {
  const Served served;
  const std::vector<Json> reports = reports_of(served);
  std::set<std::string> ids;
  std::set<std::string> statuses;
  for (int i = 0; i < kProcesses; ++i) {
    const Json& report = reports[static_cast<std::size_t>(i)];
    const std::string name = report["name"];
    INFO(name);
    const Json requests = served.told("/" + name + "/requests");
    CHECK(requests["seen"] == report["sent"].size());
    CHECK(lines_of(requests["requests"]) == sent_lines(report["sent"]));
    for (const Json& line : report["sent"]) statuses.insert(compact_json(line["status"]));

    // Its tasks are its own, prompts included, and no id was given out twice.
    const std::string mark = "p" + std::to_string(i) + " round ";
    const Json tasks = served.told("/" + name + "/tasks")["tasks"];
    CHECK(tasks.size() == (i % 7 == 1 ? 3 : 4));  // `nth: 2` is refused once, in that story alone
    for (const Json& task : tasks) {
      CHECK(task["prompt"].get<std::string>().find(mark) == 0);
      CHECK(ids.insert(compact_json(task["provider"]) + task["id"].get<std::string>()).second);
    }
    // A clock that stands is where its process left it: four times seven seconds on.
    const Json clock = served.told("/" + name + "/clock");
    CHECK(clock["speed"] == (i % 3 == 0 ? 0.0 : i % 3 == 1 ? 1000.0 : 1.0));
    if (i % 3 == 0) {
      CHECK(clock["now"] == "2031-01-01T00:00:28.000Z");
      CHECK(report["now"] == clock["now"]);
    }
    const Json scenario = served.told("/" + name + "/scenario");
    CHECK(scenario["name"] == (i % 7 == 0 ? "moderated" : i % 7 == 1 ? "own" : "default"));
  }
  CHECK(served.told("")["sandboxes"].size() == kProcesses);
  CHECK(statuses.size() >= 3);  // successes, refusals and unknown tasks were among them
}

}  // namespace emulator::test
