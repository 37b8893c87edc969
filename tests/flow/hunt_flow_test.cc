// `hunt` as a shell sees it: what it finds, what it leaves, and what it says where there is nothing
// to hunt.
#include <doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/flow/process.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

Outcome shell(const ScratchFolder& folder, const std::string& line) {
  const std::string whole = "E='" BINARY "'; cd " + folder.path + "; { " + line + "\n} >" +
                            folder.at("out") + " 2>" + folder.at("err");
  const int status = std::system(whole.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
}

// Submits, looks once, downloads once; the work takes no time. Anything that fails ends it.
void write_client(const ScratchFolder& folder) {
  folder.write("quick.yaml", "name: quick\ndefaults: { run: 0s }\n");
  folder.write("client.sh", R"sh(set -e
answer=$(curl -fsS -m 10 -H "x-key: $BFL_API_KEY" -H "content-type: application/json" -d '{"prompt":"a cat"}' $EMULATOR_BFL_URL/v1/flux-pro-1.1)
id=$(echo "$answer" | sed 's/.*"id":"\([^"]*\)".*/\1/')
answer=$(curl -fsS -m 10 "$EMULATOR_BFL_URL/v1/get_result?id=$id")
curl -fsS -m 10 -o /dev/null "$(echo "$answer" | sed 's/.*"sample":"\([^"]*\)".*/\1/')"
)sh");
}

Json report_in(const ScratchFolder& folder, const std::string& name = "h") {
  auto report = decode_json(folder.read(name + "/report.json"));
  REQUIRE(report);
  return std::move(*report);
}

const Json* trial_of(const Json& report, const std::string& outcome, const std::string& on) {
  for (const Json& one : report["trials"])
    if (one["outcome"] == outcome && one["on"] == on) return &one;
  return nullptr;
}

const std::string kHunt = "$E hunt --seed 3 --scenario quick.yaml --out h --budget 60s ";

}  // namespace

TEST_CASE("a hunt tells what broke from what was told, and leaves a file that repeats it") {
  const ScratchFolder folder;
  write_client(folder);
  const Outcome hunt =
      shell(folder, kHunt + "--only server_error,failed,wrong_type -- sh client.sh");
  CAPTURE(hunt.err);
  CHECK(hunt.code == 6);
  CHECK(hunt.out.empty());
  const Json report = report_in(folder);
  CHECK(report["seed"] == 3);
  REQUIRE(trial_of(report, "server_error", "poll") != nullptr);
  const Json& broke = *trial_of(report, "server_error", "poll");
  CHECK(broke["verdict"] == "broke");
  CHECK(broke["rules"].size() == 1);
  CHECK((*trial_of(report, "server_error", "submit"))["verdict"] == "told");
  CHECK((*trial_of(report, "failed", "submit"))["verdict"] == "told");
  CHECK((*trial_of(report, "wrong_type", "download"))["verdict"] == "misbehaved");
  CHECK(report["trials"][0]["outcome"] == "fair");
  const std::string file = broke["file"];
  CHECK(hunt.err.find("run --scenario h/" + file) != std::string::npos);
  const std::string again = "$E run --scenario h/" + file + " -- sh client.sh";
  CHECK(shell(folder, again).code != 0);
  CHECK(shell(folder, "$E check h/" + file).code == 0);
  CHECK(shell(folder, "$E run --scenario quick.yaml -- sh client.sh").code == 0);
  CHECK(folder.read("h/report.html").find("misbehaved") != std::string::npos);
}

TEST_CASE("the same seed and command try the same in the same order, and old files go") {
  const ScratchFolder folder;
  write_client(folder);
  std::vector<std::string> orders;
  for (const char* jobs : {"1", "3"}) {
    shell(folder, kHunt + "--jobs " + jobs + " --only unavailable,lost -- sh client.sh");
    std::string order;
    const Json report = report_in(folder);
    for (const Json& one : report["trials"])
      order += one["outcome"].get<std::string>() + " " + one["on"].get<std::string>() + ", ";
    orders.push_back(order);
  }
  CHECK(orders[0] == orders[1]);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.at("h")))
    if (entry.path().extension() == ".yaml") ++files;
  std::size_t named = 0;
  const Json report = report_in(folder);
  for (const Json& one : report["trials"])
    if (one["file"] != "") ++named;
  CHECK(files == named);
}

TEST_CASE("where there is nothing to hunt, one line says why") {
  const ScratchFolder folder;
  write_client(folder);
  folder.write("plain", "x");
  struct Row {
    const char* name;
    const char* line;
    int code;
    const char* said;
  };
  const Row rows[] = {
      {"fails in fair weather", "-- sh -c 'echo broken >&2; exit 9'", 2,
       "fails in fair weather, with code 9: broken"},
      {"is ended by a signal and says nothing", "-- sh -c 'kill -9 $$'", 2, "with code 137\n"},
      {"asks nothing", "-- true", 2, "asked nothing of any provider"},
      {"is not there", "-- no-such-command", 127, "cannot run no-such-command: command not found"},
      {"cannot be executed", "-- ./plain", 126, "cannot run ./plain"},
      {"floods its output", "-- sh -c 'yes | head -c 30000000; exit 3'", 2, "with code 3: y"},
      {"has a budget too small", "--budget 1s -- sh -c 'trap \"\" TERM; sleep 30; sleep 30'", 2,
       "did not end within the budget of 1s; give more with --budget"},
      {"no command", "", 2, "hunt wants a command behind --"},
      {"an unknown outcome", "--only servererror -- true", 2, "did you mean \"server_error\"?"},
      {"outcomes it cannot meet", "--scenario quick.yaml --only bad_signature -- sh client.sh", 2,
       "can meet none of the outcomes of --only"},
      {"a bad scenario", "--scenario nope -- true", 2, "nope"},
      {"no folder for reports", "--out quick.yaml/sub -- sh client.sh", 2, "(--out)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string line = row.line;
    const bool elsewhere = line.starts_with("--out");
    const Outcome ended = shell(folder, "$E hunt " + (elsewhere ? line : "--out h " + line));
    CAPTURE(ended.err);
    CHECK(ended.code == row.code);
    CHECK(ended.err.find(row.said) != std::string::npos);
    CHECK(ended.err.size() < 1'000);
  }
}

TEST_CASE("a full disk is said, and what was found is told all the same") {
  const ScratchFolder folder;
  write_client(folder);
  // No file may grow beyond that: reports do, scenarios of trials do not.
  const Outcome ended =
      shell(folder, "ulimit -f 4; " + kHunt +
                        "--intercept off --only server_error,unavailable,lost -- sh client.sh");
  CAPTURE(ended.err);
  CHECK((ended.code == 6 || ended.code == 2));
  CHECK(ended.err.find("(--out)") != std::string::npos);
}

TEST_CASE("nothing that a trial began outlives it, whatever it does against that") {
  const ScratchFolder folder;
  write_client(folder);
  folder.write("daemon.sh", R"sh(sh client.sh || exit 1
setsid sh -c 'trap "" TERM; sleep 300; sleep 300' &
echo $! >> pids
)sh");
  const Outcome ended = shell(folder, kHunt + "--only black -- sh daemon.sh");
  CAPTURE(ended.err);
  CHECK(ended.code == 0);
  const std::string pids = folder.read("pids");
  std::size_t seen = 0;
  for (std::size_t at = 0; at < pids.size(); at = pids.find('\n', at) + 1, ++seen) {
    const std::string pid = pids.substr(at, pids.find('\n', at) - at);
    CHECK(comes_true([&] { return !is_alive(pid); }));
  }
  CHECK(seen == 2);
}

TEST_CASE("what was found before Ctrl-C is kept") {
  const ScratchFolder folder;
  write_client(folder);
  // In fair weather, and at the first trial, it goes on; then it waits to be interrupted.
  folder.write("slow.sh", R"sh(echo x >> runs
[ $(wc -l < runs) -gt 2 ] && { touch waiting; sleep 60; }
sh client.sh
)sh");
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    if (::chdir(folder.path.c_str()) != 0) ::_exit(98);
    if (std::freopen("err", "w", stderr) == nullptr) ::_exit(97);
    ::execl(BINARY, BINARY, "hunt", "--seed", "3", "--scenario", "quick.yaml", "--out", "h",
            "--jobs", "1", "--only", "server_error,bad_gateway", "--", "sh", "slow.sh", nullptr);
    ::_exit(99);
  }
  CHECK(comes_true([&] { return std::filesystem::exists(folder.at("waiting")); }));
  ::kill(pid, SIGINT);
  int status = 0;
  CHECK(comes_true([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }));
  REQUIRE(WIFEXITED(status));
  const Json report = report_in(folder);
  CHECK(report["cut_short"] == true);
  CHECK(report["trials"].size() == 2);
  CHECK((WEXITSTATUS(status) == 130 || WEXITSTATUS(status) == 6));
}

}  // namespace emulator::test::TEST_FILE
