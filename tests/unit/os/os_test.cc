#include "emulator/os/os.h"

#include <doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace emulator {
namespace {

using namespace std::chrono_literals;

// Closes what a test has opened.
struct Open {
  int number;
  ~Open() { ::close(number); }
};

bool closed_on_exec(int descriptor) { return (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0; }
bool blocks(int descriptor) { return (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0; }

bool readable(int descriptor) {
  pollfd asked{descriptor, POLLIN, 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) != 0;
}

TEST_CASE("a pipe is not inherited, and blocks as it is told to") {
  for (const auto waiting : {os::Waiting::kBlocks, os::Waiting::kDoesNot}) {
    int ends[2];
    REQUIRE(os::pipe(ends, waiting) == 0);
    const Open from{ends[0]}, to{ends[1]};
    for (const int end : ends) {
      CHECK(closed_on_exec(end));
      CHECK(blocks(end) == (waiting == os::Waiting::kBlocks));
    }
    CHECK(::write(to.number, "x", 1) == 1);
    CHECK(readable(from.number));
  }
}

TEST_CASE("two connected sockets do not block, and what nobody reads raises no signal") {
  int ends[2];
  REQUIRE(os::stream_pair(ends) == 0);
  const Open near{ends[0]};
  CHECK(closed_on_exec(ends[0]));
  CHECK_FALSE(blocks(ends[0]));
  CHECK_FALSE(blocks(ends[1]));
  CHECK(os::send_now(ends[0], "x", 1) == 1);
  CHECK(readable(ends[1]));
  ::close(ends[1]);
  CHECK(os::send_now(ends[0], "x", 1) == -1);
  CHECK(errno == EPIPE);
  CHECK_FALSE(os::peer_has_left(ends[0]));  // it is no TCP, of which the system would know
}

TEST_CASE("a bell is heard once for many rings, and again for the next") {
  os::Bell bell;
  const Open ears{bell.heard_by()};
  CHECK_FALSE(readable(ears.number));
  for (int round = 0; round < 3; ++round) {
    bell.ring();
    bell.ring();
    CHECK(readable(ears.number));
    std::uint64_t rings = 0;
    CHECK(::read(ears.number, &rings, sizeof rings) > 0);
    CHECK_FALSE(readable(ears.number));
  }
}

TEST_CASE("held signals are told one by one, and forgotten at the end") {
  {
    os::HeldSignals held({SIGUSR1, SIGUSR2});
    CHECK(sigismember(&held.before(), SIGUSR1) == 0);
    CHECK(held.next(0ns).signal == 0);
    CHECK(held.next(-1s).signal == 0);
    ::kill(::getpid(), SIGUSR1);
    const os::HeldSignals::Taken taken = held.next(10s);
    CHECK(taken.signal == SIGUSR1);
    CHECK(taken.by_process);
    ::kill(::getpid(), SIGUSR2);  // let through, it would end this test
  }
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGUSR1) == 0);
  CHECK(sigismember(&mask, SIGUSR2) == 0);
}

TEST_CASE("children are found while they live") {
  int ends[2];
  REQUIRE(os::pipe(ends, os::Waiting::kBlocks) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    ::close(ends[1]);
    ::_exit(::read(ends[0], &byte, 1) == 0 ? 0 : 1);  // waits until the test lets it go
  }
  const auto listed = [&] {
    const auto children = os::live_children();
    return std::find(children.begin(), children.end(), child) != children.end();
  };
  CHECK(listed());
  ::close(ends[0]);
  ::close(ends[1]);
  siginfo_t about{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &about, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(listed());
  CHECK(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("a program is executed with an environment of its own, or the reason is kept") {
  int ends[2];
  REQUIRE(os::pipe(ends, os::Waiting::kBlocks) == 0);
  const Open from{ends[0]};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    char shell[] = "sh", flag[] = "-c", text[] = "printf %s \"$GIVEN\"", given[] = "GIVEN=this";
    char* const words[] = {shell, flag, text, nullptr};
    char* const environment[] = {given, nullptr};
    os::execute(words, environment);
    ::_exit(1);
  }
  ::close(ends[1]);
  std::array<char, 16> bytes{};
  CHECK(::read(from.number, bytes.data(), bytes.size()) == 4);
  CHECK(std::string(bytes.data()) == "this");
  CHECK(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("beneath a folder nothing else is opened") {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("emulator-os-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder + "/in/deep");
  std::ofstream(folder + "/in/deep/file") << "here";
  std::ofstream(folder + "/out") << "not here";
  const Open in{::open((folder + "/in").c_str(), os::folder_flags())};
  REQUIRE(in.number >= 0);
  const int found = os::open_beneath(in.number, "deep/file", O_RDONLY | O_CLOEXEC);
  if (found >= 0) {
    ::close(found);
    CHECK(os::open_beneath(in.number, "../out", O_RDONLY | O_CLOEXEC) == -1);
    CHECK(errno == EXDEV);
  } else {
    CHECK((errno == ENOSYS || errno == EPERM));
  }
  struct stat about {};
  REQUIRE(::stat((folder + "/out").c_str(), &about) == 0);
  CHECK(os::times_of(about).written.tv_sec > 1'600'000'000);
  std::filesystem::remove_all(folder);
}

TEST_CASE("what the system tells of this process") {
  CHECK(std::filesystem::exists(os::own_program()));
  CHECK(os::resident_bytes() > 100'000);
  CHECK(os::coarse_time() > 0ns);
  CHECK(os::environment() != nullptr);
  CHECK(os::most_descriptors() >= 1'024);
  const int handle = os::process_handle(::getpid());
  if (handle >= 0) {
    CHECK_FALSE(readable(handle));
    ::close(handle);
  }
}

}  // namespace
}  // namespace emulator
