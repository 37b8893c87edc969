// Servers that nobody stops: they end with the process they were started for, or when nobody has
// asked for long. The pipe that popen reads from stays open as long as the server lives.
#include <doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace emulator::test::TEST_FILE {
namespace {

struct Ending {
  int code = -1;
  std::string out;
};

Ending shell(const std::string& script) {
  Ending ending;
  FILE* pipe = ::popen(("exec 2>&1; " + script).c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4'096> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    ending.out.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ending;
}

struct PortFile {
  PortFile() {
    char name[] = "/tmp/emulator-test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
  }
  ~PortFile() { std::filesystem::remove_all(folder); }
  std::string serve(const std::string& flags) const {
    return std::string(BINARY) + " serve --port 0 --log off --port-file " + path() + " " + flags;
  }
  std::string path() const { return folder + "/port"; }
  std::string wait() const { return "until [ -s " + path() + " ]; do sleep 0.01; done; "; }
  std::string folder;
};

}  // namespace

TEST_CASE("--exit-with-parent: a killed parent takes the server along") {
  const PortFile file;
  const Ending ending =
      shell(file.serve("--exit-with-parent") + " & " + file.wait() + "kill -9 $$");
  CHECK(ending.code == 128 + 9);
  CHECK_MESSAGE(
      ending.out.find("ending: the process that started it has ended") != std::string::npos,
      ending.out);
}

TEST_CASE("--exit-with: the server ends with the process it was given, with code 0") {
  const PortFile file;
  const Ending ending =
      shell("sleep 1000 >/dev/null 2>&1 & p=$!; " + file.serve("--exit-with $p") + " & s=$!; " +
            file.wait() + "kill -9 $p; wait $s; echo code $?; echo it was $p");
  const std::string process = ending.out.substr(ending.out.find("it was ") + 7, ending.out.size());
  CHECK_MESSAGE(ending.out.find("code 0") != std::string::npos, ending.out);
  CHECK_MESSAGE(ending.out.find("ending: process " + process.substr(0, process.find('\n')) +
                                " has ended") != std::string::npos,
                ending.out);
}

TEST_CASE("--idle-exit: a server that nobody asks ends, one that somebody listens to does not") {
  const PortFile file;
  const Ending ending =
      shell(file.serve("--idle-exit 2s") + " & s=$!; " + file.wait() +
            "curl -s --no-buffer --max-time 3 http://127.0.0.1:$(cat " + file.path() +
            ")/_emulator/sandboxes/a/events >/dev/null; echo curl $?; wait $s; echo code $?");
  // 28: curl had enough. The server would have closed the stream with another code.
  CHECK_MESSAGE(ending.out.find("curl 28\n") != std::string::npos, ending.out);
  CHECK_MESSAGE(ending.out.find("ending: no request for 2s (--idle-exit)") != std::string::npos,
                ending.out);
  CHECK_MESSAGE(ending.out.find("code 0") != std::string::npos, ending.out);
}

TEST_CASE("a process that does not exist, and a time that is none, are refused at the start") {
  struct Row {
    std::string flags, says;
  };
  // No process of Linux has this id: ids end one below it.
  const Row rows[] = {{"--exit-with 4194304", "there is no process 4194304"},
                      {"--exit-with 0", "--exit-with"},
                      {"--exit-with me", "--exit-with"},
                      {"--idle-exit soon", "--idle-exit"},
                      {"--idle-exit 10", "--idle-exit"}};
  for (const Row& row : rows) {
    INFO(row.flags);
    const PortFile file;
    const Ending ending = shell(file.serve(row.flags));
    CHECK(ending.code == 2);
    CHECK_MESSAGE(ending.out.find(row.says) != std::string::npos, ending.out);
    CHECK(!std::filesystem::exists(file.path()));
  }
}

}  // namespace emulator::test::TEST_FILE
