// `run` as a shell and a terminal see it.
#include <doctest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json.h"
#include "tests/flow/process.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  int code = -1;
  std::string out, err;
};

// Runs a line of shell with BINARY in $E.
Outcome shell(const ScratchFolder& folder, const std::string& line) {
  // A build without optimization has longer turns than the users', which would be told on stderr.
  const std::string whole = "E='" BINARY "'; export EMULATOR_LONG_TURN=60000; cd " + folder.path +
                            "; { " + line + "\n} >" + folder.at("out") + " 2>" + folder.at("err");
  const int status = std::system(whole.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The binary on a terminal of its own, as the foreground job.
struct Terminal {
  explicit Terminal(const std::vector<std::string>& words) {
    std::vector<std::string> kept = words;
    std::vector<char*> argv;
    for (std::string& word : kept) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid = ::forkpty(&fd, nullptr, nullptr, nullptr);
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::execv(argv[0], argv.data());
      ::_exit(99);
    }
  }
  ~Terminal() {
    if (!ended) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::close(fd);
  }
  void type(char key) { REQUIRE(::write(fd, &key, 1) == 1); }
  // Waits for the end, or for a stop when `stopped`.
  int wait(bool stopped = false) {
    int status = 0;
    comes_true([&] { return ::waitpid(pid, &status, WNOHANG | (stopped ? WUNTRACED : 0)) == pid; });
    if (!stopped) ended = true;
    return status;
  }
  int fd = -1;
  pid_t pid = 0;
  bool ended = false;
};

}  // namespace

TEST_CASE("run ends with the command's own code, in a shell's words") {
  const ScratchFolder folder;
  folder.write("not-executable", "x");
  struct Row {
    const char* command;
    int code;
  };
  const Row rows[] = {
      {"true", 0},
      {"sh -c 'exit 7'", 7},
      {"sh -c 'kill -TERM $$'", 128 + SIGTERM},
      {"sh -c 'kill -KILL $$'", 128 + SIGKILL},
      {"no-such-command", 127},
      {"./no-such-file", 127},
      {"./not-executable", 126},
      {"/tmp", 126},
  };
  for (const Row& row : rows) {
    INFO(row.command);
    CHECK(shell(folder, std::string("$E run -- ") + row.command).code == row.code);
  }
  const Outcome missing = shell(folder, "$E run -- no-such-command");
  CHECK(missing.err == "provider-emulator: cannot run no-such-command: command not found\n");
  CHECK(shell(folder, "$E run").code == 2);
  CHECK(shell(folder, "$E run --").code == 2);
  CHECK(shell(folder, "$E run --scenario nope -- touch made").code == 2);
  CHECK_FALSE(std::filesystem::exists(folder.at("made")));
}

TEST_CASE("run leaves the command's streams alone, and what is behind -- is the command's") {
  const ScratchFolder folder;
  const Outcome cat = shell(folder, "printf 'one\\ntwo' | $E run -- cat");
  CHECK(cat.out == "one\ntwo");
  CHECK(cat.err.empty());
  const Outcome both = shell(folder, "$E run -- sh -c 'echo to out; echo to err >&2'");
  CHECK(both.out == "to out\n");
  CHECK(both.err == "to err\n");
  const Outcome words = shell(folder, "$E run -- printf '%s|' --port -- 'a b' -x");
  CHECK(words.out == "--port|--|a b|-x|");
  // Limits, ignored signals and open files are as they would be without us. Signals 32 and 33 are
  // left aside: the C library keeps them to itself, and nobody can set them.
  const char* probe =
      "'ulimit -n; sed -nE \"/^Sig(Blk|Ign|Cgt)/{s/.(.{8})$/-\\1/;s/-8/-0/;p}\" "
      "/proc/self/status; ls /proc/self/fd | wc -l'";
  const Outcome with =
      shell(folder, "ulimit -S -n 512; trap '' USR1; $E run -- sh -c " + std::string(probe));
  const Outcome without =
      shell(folder, "ulimit -S -n 512; trap '' USR1; sh -c " + std::string(probe));
  CHECK(with.out == without.out);
}

TEST_CASE("run points SDKs at itself and gives them a key that names its sandbox") {
  const ScratchFolder folder;
  const Outcome outcome =
      shell(folder,
            "FAL_KEY=real WAVESPEED_API_KEY=real $E run --key suite --seed 1 -- sh -c '"
            "curl -sS -H \"x-key: $BFL_API_KEY\" -H \"content-type: application/json\" "
            "-d \"{\\\"prompt\\\":\\\"x\\\"}\" $EMULATOR_BFL_URL/v1/flux-pro-1.1; echo; "
            "curl -sS -H \"authorization: Key $FAL_KEY\" -d \"{\\\"prompt\\\":\\\"x\\\"}\" "
            "$FAL_AI_QUEUE_API_BASE/fal-ai/flux/dev; echo; "
            "curl -sS $EMULATOR_SANDBOX_URL?pretty=false; echo; echo $FAL_KEY $WAVESPEED_API_KEY'");
  CHECK(outcome.code == 0);
  // Nobody looked at the task.
  CHECK(outcome.err.starts_with("findings about the client: 1 error\n"));
  std::istringstream lines(outcome.out);
  std::string bfl, fal, sandbox, keys;
  std::getline(lines, bfl);
  std::getline(lines, fal);
  std::getline(lines, sandbox);
  std::getline(lines, keys);
  CHECK(Json::parse(bfl).contains("polling_url"));
  CHECK(Json::parse(fal)["status"] == "IN_QUEUE");
  CHECK(Json::parse(sandbox)["name"] == "suite");
  CHECK(Json::parse(sandbox)["tasks"] == 2);
  CHECK(keys == "suite:secret suite");
}

TEST_CASE("run says at the end which models were answered by a guess") {
  const ScratchFolder folder;
  const std::string asks =
      " -- sh -c 'for model in acme/stickers fal-ai/flux/dev acme/stickers; do "
      "curl -sS -H \"authorization: Key $FAL_KEY\" -d \"{\\\"prompt\\\":\\\"x\\\"}\" "
      "$FAL_AI_QUEUE_API_BASE/$model >/dev/null; done'";
  const Outcome outcome = shell(folder, "$E run --seed 1" + asks);
  CHECK(outcome.code == 0);
  CHECK(outcome.err ==
        "models outside the contracts, answered by a generic schema: fal acme/stickers "
        "(--contract FILE describes them, --strict-models refuses them)\n");
  const std::string strict = shell(folder, "$E run --seed 1 --strict-models" + asks).err;
  CHECK(strict.find("models outside the contracts") == std::string::npos);
  CHECK(strict.find("retried-final  fal") != std::string::npos);  // acme/stickers, asked twice
}

TEST_CASE("with a proxy around, run spares its own address from it") {
  const ScratchFolder folder;
  const Outcome outcome =
      shell(folder, "HTTP_PROXY=http://127.0.0.1:9 NO_PROXY=corp $E run -- sh -c 'echo $NO_PROXY'");
  CHECK(outcome.out == "corp,127.0.0.1,localhost,::1\n");
}

TEST_CASE("what was expected and did not happen makes code 3, a table and a report") {
  const ScratchFolder folder;
  folder.write("story.yaml",
               "name: story\nexpect:\n  - { when: { provider: bfl, on: submit }, times: 2 }\n"
               "  - { when: { provider: fal, on: submit }, times: 0 }\n");
  const std::string submit =
      "curl -sS -o /dev/null -H \"content-type: application/json\" -d "
      "\"{\\\"prompt\\\":\\\"x\\\"}\" "
      "$EMULATOR_BFL_URL/v1/flux-pro-1.1 -H \"x-key: ";
  const std::string run = "$E run --scenario story.yaml --seed 1 --report report.xml -- sh -c '";

  // Two sandboxes count together: the key handed out, and one that the command made up.
  const Outcome met = shell(folder, run + submit + "$BFL_API_KEY\"; " + submit + "other\"'");
  CHECK(met.code == 0);
  CHECK(met.out.empty());
  CHECK(met.err.find("expect: 2 met, 0 unmet\n") == 0);
  CHECK(folder.read("report.xml").find("tests=\"5\" failures=\"0\"") != std::string::npos);

  const Outcome unmet = shell(folder, run + submit + "me\"'");
  CHECK(unmet.code == 3);
  CHECK(unmet.err.find("expect: 1 met, 1 unmet\n") == 0);
  CHECK(unmet.err.find("UNMET  2") != std::string::npos);
  CHECK(unmet.err.find("story.yaml:3") != std::string::npos);
  const std::string report = folder.read("report.xml");
  CHECK(report.find("failures=\"1\"") != std::string::npos);
  CHECK(report.find("<failure message=\"wanted 2, counted 1\">") != std::string::npos);

  // Nothing was asked at all.
  const Outcome idle = shell(folder, run + "true'");
  CHECK(idle.code == 3);
  CHECK(idle.err.find("expect: 1 met, 1 unmet\n") == 0);

  const Outcome failed = shell(folder, run + submit + "me\"; exit 5'");
  CHECK(failed.code == 5);
  CHECK(folder.read("report.xml").find("ended with code 5") != std::string::npos);

  const Outcome nowhere = shell(folder, "$E run --seed 1 --report no/such/folder/r.xml -- true");
  CHECK(nowhere.code == 2);
  CHECK(times(nowhere.err, "\n") == 1);
}

TEST_CASE("nothing the command started outlives run, not even what left its session") {
  const ScratchFolder folder;
  const Outcome outcome =
      shell(folder,
            "$E run -- sh -c 'sleep 1000 & echo $! >one; "
            "setsid sh -c \"echo \\$\\$ >two; sleep 1000 & wait\" & "
            "sh -c \"trap : TERM; echo \\$\\$ >three; while :; do sleep 0.01; done\" & "
            "while ! test -s two || ! test -s three; do :; done'");
  CHECK(outcome.code == 0);
  for (const char* name : {"one", "two", "three"}) {
    INFO(name);
    const std::string pid = folder.read(name);
    REQUIRE(pid.size() > 1);
    CHECK_FALSE(is_alive(pid.substr(0, pid.size() - 1)));
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    static_cast<void>(entry);
    ++files;
  }
  CHECK(files == 5);  // the three, out and err
}

TEST_CASE("a signal sent to run alone reaches the command") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    CAPTURE(signal);
    const ScratchFolder folder;
    const std::string name = signal == SIGINT    ? "INT"
                             : signal == SIGTERM ? "TERM"
                             : signal == SIGHUP  ? "HUP"
                                                 : "QUIT";
    const std::string body =
        "trap 'echo got >>got; exit 9' " + name + "; echo x >ready; while :; do sleep 0.01; done";
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      if (::chdir(folder.path.c_str()) == 0)
        ::execl(BINARY, BINARY, "run", "--seed", "1", "--", "sh", "-c", body.c_str(), nullptr);
      ::_exit(99);
    }
    CHECK(comes_true([&] { return folder.read("ready") == "x\n"; }));
    ::kill(pid, signal);
    int status = 0;
    CHECK(comes_true([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 9);
    CHECK(folder.read("got") == "got\n");
  }
}

TEST_CASE("killed outright, run takes the command with it") {
  const ScratchFolder folder;
  const std::string body = "echo $$ >" + folder.at("pid") + "; exec sleep 1000";
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::execl(BINARY, BINARY, "run", "--", "sh", "-c", body.c_str(), nullptr);
    ::_exit(99);
  }
  CHECK(comes_true([&] { return folder.read("pid").ends_with('\n'); }));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  std::string command = folder.read("pid");
  command.pop_back();
  CHECK(comes_true([&] { return !is_alive(command); }));
}

TEST_CASE("killed outright, run takes even a command with it that does not want to end") {
  const ScratchFolder folder;
  const std::string body = "trap '' TERM INT HUP; echo $$ >" + folder.at("pid") +
                           "; while :; do read -r line <" + folder.at("pipe") + "; done";
  REQUIRE(::mkfifo(folder.at("pipe").c_str(), 0600) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::execl(BINARY, BINARY, "run", "--", "sh", "-c", body.c_str(), nullptr);
    ::_exit(99);
  }
  CHECK(comes_true([&] { return folder.read("pid").ends_with('\n'); }));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  std::string command = folder.read("pid");
  command.pop_back();
  CHECK(comes_true([&] { return !is_alive(command); }));
}

TEST_CASE("a command that ignores a signal is killed after the second") {
  for (const int signal : {SIGTERM, SIGINT}) {
    CAPTURE(signal);
    const ScratchFolder folder;
    const std::string body = "n=0; trap 'n=$((n+1)); echo $n >>" + folder.at("got") +
                             "' TERM INT; echo x >" + folder.at("ready") +
                             "; while :; do sleep 0.01; done";
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::execl(BINARY, BINARY, "run", "--seed", "1", "--", "sh", "-c", body.c_str(), nullptr);
      ::_exit(99);
    }
    CHECK(comes_true([&] { return folder.read("ready") == "x\n"; }));
    ::kill(pid, signal);
    CHECK(comes_true([&] { return folder.read("got") == "1\n"; }));
    CHECK(::waitpid(pid, nullptr, WNOHANG) == 0);  // once is a question
    ::kill(pid, signal);
    int status = 0;
    CHECK(comes_true([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + SIGKILL);
    CHECK(folder.read("got") == "1\n2\n");
  }
}

TEST_CASE("a command that ignores Ctrl-C is killed when it is pressed again") {
  const ScratchFolder folder;
  const std::string body = "trap 'echo x >>" + folder.at("got") + "' INT; echo x >" +
                           folder.at("ready") + "; while :; do sleep 0.01; done";
  Terminal terminal({BINARY, "run", "--seed", "1", "--", "sh", "-c", body});
  CHECK(comes_true([&] { return folder.read("ready") == "x\n"; }));
  terminal.type('\x03');
  CHECK(comes_true([&] { return folder.read("got") == "x\n"; }));
  terminal.type('\x03');
  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGKILL);
}

TEST_CASE("a report that cannot be written is told of before the command runs") {
  const ScratchFolder folder;
  REQUIRE(::mkfifo(folder.at("pipe").c_str(), 0600) == 0);
  const Outcome pipe = shell(folder, "$E run --report pipe -- touch made");
  CHECK(pipe.code == 2);
  CHECK(pipe.err ==
        "provider-emulator: cannot write pipe: something that is no regular file is there, and "
        "stays (--report)\n");
  CHECK(std::filesystem::is_fifo(folder.at("pipe")));
  CHECK_FALSE(std::filesystem::exists(folder.at("made")));
  CHECK(shell(folder, "$E run --report /dev/full -- true").code == 2);
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("Ctrl-C on the terminal reaches the command once") {
  const ScratchFolder folder;
  const std::string body = "cd " + folder.path +
                           "; n=0; trap 'n=$((n+1)); echo $n >>got' INT; echo x >ready; "
                           "while ! test -s got; do sleep 0.01; done; "
                           "for i in 1 2 3 4 5 6 7 8; do sleep 0.02; done; exit 4";
  Terminal terminal({BINARY, "run", "--seed", "1", "--", "sh", "-c", body});
  CHECK(comes_true([&] { return folder.read("ready") == "x\n"; }));
  terminal.type('\x03');
  const int status = terminal.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 4);
  CHECK(folder.read("got") == "1\n");
}

TEST_CASE("Ctrl-Z stops run with its command, and both go on together") {
  const ScratchFolder folder;
  // A shell with job control between: the terminal stops no process whose parent is elsewhere.
  const std::string body =
      "cd " + folder.path + "; echo x >ready; while ! test -s go; do sleep 0.01; done; exit 6";
  const std::string script = folder.write(
      "job.sh", "set -m\n'" BINARY "' run --seed 1 -- sh -c '" + body +
                    "'\ncode=$?\necho $code >stopped\necho x >go\nfg >/dev/null\necho $? >ended\n");
  Terminal terminal({"/bin/sh", "-c", "cd " + folder.path + "; exec bash " + script});
  CHECK(comes_true([&] { return folder.read("ready") == "x\n"; }));
  terminal.type('\x1a');
  terminal.wait();
  CHECK(folder.read("stopped") == std::to_string(128 + SIGTSTP) + "\n");
  CHECK(folder.read("ended") == "6\n");
}

TEST_CASE("env prints what leads to a running server, quoted for its reader") {
  const ScratchFolder folder;
  const Outcome sh = shell(folder,
                           "eval \"$($E env --port 4300 --key me)\"; "
                           "echo $EMULATOR_URL $FAL_KEY $WAVESPEED_BASE_URL");
  CHECK(sh.out == "http://127.0.0.1:4300 me:secret http://127.0.0.1:4300\n");
  const Outcome six = shell(folder, "eval \"$($E env --host :: --port 1)\"; echo $EMULATOR_URL");
  CHECK(six.out == "http://[::1]:1\n");
  const Outcome odd =
      shell(folder, "eval \"$($E env --url \"http://x/it's \\$HOME\")\"; echo \"$EMULATOR_URL\"");
  CHECK(odd.out == "http://x/it's $HOME\n");
  const Json json = Json::parse(shell(folder, "$E env --url http://a.b/ --format json").out);
  CHECK(json["EMULATOR_CONTROL_URL"] == "http://a.b/_emulator");
  CHECK(json["BFL_API_KEY"] == "run");
  const Outcome dotenv = shell(folder, "$E env --format dotenv --control-token t0k");
  CHECK(dotenv.out.find("\nEMULATOR_CONTROL_TOKEN=t0k\n") != std::string::npos);
  CHECK(dotenv.out.find("export") == std::string::npos);
  CHECK(dotenv.out.find("\n# ") != std::string::npos);
  CHECK(shell(folder, "$E env --key 'a b'").code == 2);
  CHECK(shell(folder, "$E env --format xml").code == 2);
}

}  // namespace emulator::test::TEST_FILE
