#include "emulator/app/command.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "emulator/os/os.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

// What was left behind may end by itself for that long, then it is killed; and that long is waited
// for the dead, which a process stuck in the kernel may take.
constexpr auto kGrace = 1s;
constexpr auto kLast = 1s;
// Within that time a second Ctrl-C means that the first one did not help. A shell or an interpreter
// in the foreground is interrupted again and again without being meant to end.
constexpr auto kImpatience = 2s;

// The environment as execve wants it: ours with `variables` laid over.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> out;
  for (char** entry = os::environment(); *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const std::string_view name = line.substr(0, line.find('='));
    const bool replaced = std::any_of(variables.begin(), variables.end(),
                                      [&](const auto& known) { return known.first == name; });
    if (!replaced) out.emplace_back(line);
  }
  for (const auto& [name, value] : variables) {
    out.push_back(name);
    out.back() += '=';
    out.back() += value;
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

Ended not_started(const std::string& program, int error) {
  const bool missing = error == ENOENT;
  const std::string why = missing ? "command not found" : std::system_category().message(error);
  return {missing ? 127 : 126, "cannot run " + program + ": " + why};
}

}  // namespace

// The signals that are passed on, and the one that tells of the command's end.
Command::Command() : held_({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;  // ignored, the dead would vanish unseen
  sigaction(SIGCHLD, &plain, &inherited_.on_child);
  plain.sa_handler = SIG_IGN;  // nobody may read our verdict; the code is still wanted
  sigaction(SIGPIPE, &plain, &inherited_.on_pipe);
  sigaction(SIGXFSZ, &plain, &inherited_.on_file_limit);  // an error where a file is written
  getrlimit(RLIMIT_NOFILE, &inherited_.files);
  os::adopt_orphans();
}

Command::~Command() {
  if (pid_ != 0 && !over_) {
    ::kill(pid_, SIGTERM);
    wait();
  }
  sigaction(SIGCHLD, &inherited_.on_child, nullptr);
  sigaction(SIGPIPE, &inherited_.on_pipe, nullptr);
  sigaction(SIGXFSZ, &inherited_.on_file_limit, nullptr);
  // A signal that came too late for the command must not end us now, before the verdict is out:
  // `held_` forgets it.
}

bool Command::start(const std::vector<std::string>& words,
                    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> arguments = words;
  std::vector<std::string> environment = environment_with(variables);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  int report[2];
  const pid_t parent = ::getpid();
  const bool piped = os::pipe(report, os::Waiting::kBlocks) == 0;
  if (piped) pid_ = ::fork();
  if (!piped || pid_ < 0) {
    ended_ = not_started(words.front(), errno);
    pid_ = 0;
    over_ = true;
    return false;
  }
  if (pid_ == 0) become(argv.data(), envp.data(), report[1], parent);
  ::close(report[1]);
  // Closed without a word by a successful exec.
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(report[0], &error, sizeof error)) < 0 && errno == EINTR) {
  }
  ::close(report[0]);
  if (got != static_cast<ssize_t>(sizeof error)) return true;
  ::waitpid(pid_, nullptr, 0);
  ended_ = not_started(words.front(), error);
  over_ = true;
  return false;
}

// In the new process: puts back what we changed, and turns into the command.
void Command::become(char* const* words, char* const* environment, int report, pid_t parent) {
  // Should we be killed outright, the command ends with us: nobody is left who could insist.
  if (!os::end_with_parent(SIGKILL, parent)) ::_exit(128 + SIGKILL);
  setrlimit(RLIMIT_NOFILE, &inherited_.files);
  sigaction(SIGCHLD, &inherited_.on_child, nullptr);
  sigaction(SIGPIPE, &inherited_.on_pipe, nullptr);
  sigaction(SIGXFSZ, &inherited_.on_file_limit, nullptr);
  pthread_sigmask(SIG_SETMASK, &held_.before(), nullptr);
  os::execute(words, environment);
  const int error = errno;
  while (::write(report, &error, sizeof error) < 0 && errno == EINTR) {
  }
  ::_exit(error == ENOENT ? 127 : 126);
}

// Buries the dead, orphans too. True once the command is among them.
bool Command::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid != pid_) continue;
    over_ = true;
    ended_.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return over_;
}

// Whether somebody asks it to end who has done so before.
bool Command::insists(const os::HeldSignals::Taken& taken) {
  const int signal = taken.signal;
  if (signal != SIGINT && signal != SIGTERM && signal != SIGQUIT) return false;
  if (taken.by_process) return std::exchange(asked_, true);
  const auto now = Steady::now();
  return now - std::exchange(typed_, now) < kImpatience;
}

Ended Command::wait() {
  std::optional<Steady::time_point> killing;
  while (!over_ && !reap()) {
    std::optional<std::chrono::nanoseconds> rest;
    if (killing) rest = *killing - Steady::now();
    const os::HeldSignals::Taken taken = held_.next(rest);
    if (killing && Steady::now() >= *killing) {
      ::kill(pid_, SIGKILL);
      killing = Steady::now() + kLast;  // and again, should it have been stuck
    }
    if (taken.signal == 0 || taken.signal == SIGCHLD) continue;
    if (insists(taken) && !killing) killing = Steady::now() + kGrace;
    // What the terminal sends, the command has got as well; what a process sent us, only we have.
    if (taken.by_process) ::kill(pid_, taken.signal);
  }
  sweep();
  return ended_;
}

void Command::sweep() {
  const auto killing = Steady::now() + kGrace;
  std::vector<pid_t> asked;
  bool impatient = false;
  while (true) {
    reap();
    // No child, not even a live one: the usual case, and the only one that must be quick.
    siginfo_t none{};
    if (::waitid(P_ALL, 0, &none, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return;
    const auto now = Steady::now();
    if (now > killing + kLast) return;
    const bool kill = impatient || now >= killing;
    for (const pid_t child : os::live_children()) {
      const bool known = std::find(asked.begin(), asked.end(), child) != asked.end();
      if (kill || !known) ::kill(child, kill ? SIGKILL : SIGTERM);
      if (!kill && !known) {
        ::kill(child, SIGCONT);  // one that is stopped cannot end
        asked.push_back(child);
      }
    }
    const auto until = kill ? std::min(now + 50ms, killing + kLast) : killing;
    const int signal = held_.next(until - Steady::now()).signal;
    if (signal > 0 && signal != SIGCHLD) impatient = true;
  }
}

}  // namespace emulator
