#pragma once

#include <doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/unit/http/raw_client.h"

// Many processes with a key each (parallel_client), and what has to be true of their sandboxes.
namespace emulator::test {

constexpr int kProcesses = 200;
constexpr int kAtOnce = 16;

inline std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline pid_t started(const std::vector<std::string>& words, const std::string& out) {
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

// Runs all clients, at most `kAtOnce` together; what each printed, by number.
inline std::vector<Json> reports_of(std::uint16_t port, const std::string& folder) {
  std::map<pid_t, int> running;
  std::vector<Json> reports(kProcesses);
  int next = 0;
  while (next < kProcesses || !running.empty()) {
    while (next < kProcesses && running.size() < kAtOnce) {
      const pid_t pid = started({CLIENT, std::to_string(port), std::to_string(next)},
                                folder + "/" + std::to_string(next));
      running[pid] = next++;
    }
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    const auto ended = running.find(pid);
    REQUIRE_MESSAGE(ended != running.end(), "an emulator has ended");
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    auto report = decode_json(content(folder + "/" + std::to_string(ended->second)));
    REQUIRE(report);
    reports[static_cast<std::size_t>(ended->second)] = *report;
    running.erase(ended);
  }
  return reports;
}

// The journal's lines, reduced to what a client knows of its own requests.
inline Json lines_of(const Json& requests) {
  Json out = Json::array();
  for (const Json& line : requests)
    out.push_back({line["method"], line["target"], line["status"], line["id"]});
  return out;
}

inline Json sent_lines(const Json& sent) {
  Json out = Json::array();
  for (const Json& line : sent)
    out.push_back({line["method"], line["target"], line["status"], line["request"]});
  return out;
}

// What the control API says of sandboxes.
inline Json told(std::uint16_t port, const std::string& path) {
  RawClient client(port);
  const RawReply reply =
      client.ask("GET /_emulator/sandboxes" + path + " HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  REQUIRE(reply.status == 200);
  auto body = decode_json(reply.body);
  REQUIRE(body);
  return *body;
}

// Every sandbox has seen what its process sent, no more, and is as that left it.
inline void check_sandboxes(std::uint16_t port, const std::vector<Json>& reports) {
  std::set<std::string> ids;
  std::set<std::string> statuses;
  for (int i = 0; i < kProcesses; ++i) {
    const Json& report = reports[static_cast<std::size_t>(i)];
    const std::string name = report["name"];
    INFO(name);
    const Json requests = told(port, "/" + name + "/requests");
    CHECK(requests["seen"] == report["sent"].size());
    CHECK(lines_of(requests["requests"]) == sent_lines(report["sent"]));
    for (const Json& line : report["sent"]) statuses.insert(compact_json(line["status"]));

    // Its tasks are its own, prompts included, and no id was given out twice.
    const std::string mark = "p" + std::to_string(i) + " round ";
    const Json tasks = told(port, "/" + name + "/tasks")["tasks"];
    CHECK(tasks.size() == (i % 7 == 1 ? 3 : 4));  // `nth: 2` is refused once, in that story alone
    for (const Json& task : tasks) {
      CHECK(task["prompt"].get<std::string>().find(mark) == 0);
      CHECK(ids.insert(compact_json(task["provider"]) + task["id"].get<std::string>()).second);
    }
    // A clock that stands is where its process left it: four times seven seconds on.
    const Json clock = told(port, "/" + name + "/clock");
    CHECK(clock["speed"] == (i % 3 == 0 ? 0.0 : i % 3 == 1 ? 1000.0 : 1.0));
    if (i % 3 == 0) {
      CHECK(clock["now"] == "2031-01-01T00:00:28.000Z");
      CHECK(report["now"] == clock["now"]);
    }
    const Json scenario = told(port, "/" + name + "/scenario");
    CHECK(scenario["name"] == (i % 7 == 0 ? "moderated" : i % 7 == 1 ? "own" : "default"));
  }
  CHECK(statuses.size() >= 3);  // successes, refusals and unknown tasks were among them
}

}  // namespace emulator::test
