// Parallel suites on one emulator: nothing of one process shows in another's sandbox.
#include <doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/parallel/processes.h"

namespace emulator::test {
namespace {

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
  std::string folder;
  pid_t pid = 0;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("200 processes on one emulator: every sandbox has seen what its process sent, no more") {
  const Served served;
  check_sandboxes(served.port, reports_of(served.port, served.folder));
  CHECK(told(served.port, "")["sandboxes"].size() == kProcesses);
}

}  // namespace emulator::test
