#include "emulator/app/hunt_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/files.h"
#include "emulator/os/os.h"

namespace emulator::hunt {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTail = 8u << 10;     // of what a trial writes
constexpr std::size_t kReport = 16u << 20;  // of what `run` tells of it
constexpr auto kBetweenAsks = 200ms;        // the second time `run` kills the command
constexpr auto kPatience = 5s;              // then it is killed itself
constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

int wake_fd = -1;  // where signals are told; set while a Runner is there

void on_signal(int signal) {
  const int error = errno;
  const auto byte = static_cast<unsigned char>(signal);
  if (::write(wake_fd, &byte, 1) < 0) {
    // The pipe is full: who reads it looks at everything anyhow.
  }
  errno = error;
}

void set_flags(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

double seconds_between(std::chrono::steady_clock::time_point a,
                       std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

[[noreturn]] void become_run(char* const* words, int output, pid_t parent) {
  ::setpgid(0, 0);  // Ctrl-C in the terminal is ours to act on
  // Should we be killed outright, nobody is left who could end it.
  if (!os::end_with_parent(SIGTERM, parent)) ::_exit(126);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (const int signal : kSignals) std::signal(signal, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  ::execv(words[0], words);
  ::_exit(126);
}

}  // namespace

Runner::Runner(Options options) : options_(std::move(options)) {
  if (os::pipe(wakes_, os::Waiting::kDoesNot) != 0)
    throw std::system_error(errno, std::generic_category(), "hunt: no pipe");
  wake_fd = wakes_[1];
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  os::adopt_orphans();
}

Runner::~Runner() {
  end_all();
  for (const int signal : kSignals) std::signal(signal, SIG_DFL);
  wake_fd = -1;
  ::close(wakes_[0]);
  ::close(wakes_[1]);
}

std::string Runner::start(std::size_t id, const std::string& scenario,
                          std::chrono::milliseconds limit) {
  Running trial;
  trial.id = id;
  trial.scenario_file = options_.folder + "/trial-" + std::to_string(id) + ".yaml";
  trial.report_file = options_.folder + "/trial-" + std::to_string(id) + ".json";
  if (std::string problem = write_file_atomically(trial.scenario_file, scenario); !problem.empty())
    return problem;
  std::vector<std::string> words = {options_.program, "run"};
  words.insert(words.end(), options_.passed.begin(), options_.passed.end());
  for (const std::string& word :
       {std::string("--scenario"), trial.scenario_file, std::string("--trial-report"),
        trial.report_file, std::string("--")})
    words.push_back(word);
  words.insert(words.end(), options_.command.begin(), options_.command.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int output[2];
  if (os::pipe(output, os::Waiting::kBlocks) != 0) return "cannot run a trial: no pipe";
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    ::close(output[0]);
    ::close(output[1]);
    return "cannot run a trial: " + std::system_category().message(errno);
  }
  if (pid == 0) become_run(argv.data(), output[1], parent);
  ::setpgid(pid, pid);
  ::close(output[1]);
  set_flags(output[0]);
  trial.output = output[0];
  trial.began = Steady::now();
  trial.limit = trial.began + limit;
  running_.emplace(pid, std::move(trial));
  return "";
}

void Runner::take_signals() {
  unsigned char bytes[64];
  ssize_t got = 0;
  while ((got = ::read(wakes_[0], bytes, sizeof bytes)) > 0)
    for (ssize_t i = 0; i < got; ++i)
      if (bytes[i] != SIGCHLD) interrupted_ = true;
}

// Buries the dead. What a trial left to us, because it was killed itself, is ended at once.
void Runner::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    const auto mine = running_.find(pid);
    if (mine == running_.end()) continue;
    mine->second.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    ::kill(-pid, SIGKILL);
    if (!WIFSIGNALED(status)) continue;
    for (const pid_t child : os::live_children())
      if (!running_.contains(child)) ::kill(child, SIGKILL);
  }
}

// Asks a trial to end, more and more firmly.
void Runner::press(pid_t pid, Running& trial) {
  const auto now = Steady::now();
  if (trial.asked > 0 && now - trial.asked_at < (trial.asked < 2 ? kBetweenAsks : kPatience))
    return;
  ++trial.asked;
  trial.asked_at = now;
  if (trial.asked <= 2)
    ::kill(pid, SIGTERM);
  else
    ::kill(-pid, SIGKILL);
}

void Runner::read(Running& trial) {
  char bytes[16u << 10];
  ssize_t got = 0;
  // No longer than a while: who floods its output shall not hold up the others.
  for (int i = 0; i < 64 && (got = ::read(trial.output, bytes, sizeof bytes)) > 0; ++i) {
    trial.tail.append(bytes, static_cast<std::size_t>(got));
    if (trial.tail.size() > 2 * kTail) trial.tail.erase(0, trial.tail.size() - kTail);
  }
}

std::optional<pid_t> Runner::over() const {
  for (const auto& [pid, trial] : running_)
    if (trial.status) return pid;
  return std::nullopt;
}

Finished Runner::finish(pid_t pid) {
  Running& trial = running_.at(pid);
  read(trial);
  Finished out;
  out.id = trial.id;
  out.hung = trial.hung;
  out.status = *trial.status;
  out.seconds = seconds_between(trial.began, Steady::now());
  out.output =
      trial.tail.size() > kTail ? trial.tail.substr(trial.tail.size() - kTail) : trial.tail;
  if (const auto text = read_file(trial.report_file, kReport))
    if (auto report = decode_json(*text)) out.report = std::move(*report);
  out.broken = !out.report.is_object();
  ::unlink(trial.report_file.c_str());
  ::unlink(trial.scenario_file.c_str());
  ::close(trial.output);
  running_.erase(pid);
  return out;
}

std::optional<Finished> Runner::next(Steady::time_point until) {
  while (true) {
    take_signals();
    reap();
    if (const auto pid = over()) return finish(*pid);
    if (interrupted_) return std::nullopt;
    const auto now = Steady::now();
    if (now >= until || running_.empty()) return std::nullopt;
    auto wake = until;
    std::vector<pollfd> polled = {{wakes_[0], POLLIN, 0}};
    for (auto& [pid, trial] : running_) {
      if (now >= trial.limit) {
        trial.hung = true;
        press(pid, trial);
        wake = std::min(wake, now + 100ms);
      } else {
        wake = std::min(wake, trial.limit);
      }
      if (trial.output >= 0) polled.push_back({trial.output, POLLIN, 0});
    }
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(wake - now).count() + 1;
    ::poll(polled.data(), static_cast<nfds_t>(polled.size()),
           static_cast<int>(std::clamp<long long>(wait, 1, 60'000)));
    for (auto& [pid, trial] : running_) read(trial);
    // An output that was closed while its process goes on would wake us for ever.
    for (const pollfd& one : polled)
      if (one.fd != wakes_[0] && (one.revents & POLLHUP) != 0 && (one.revents & POLLIN) == 0)
        ::poll(nullptr, 0, 5);
  }
}

void Runner::end_all() {
  const auto last = Steady::now() + 15s;
  while (!running_.empty() && Steady::now() < last) {
    reap();
    while (const auto pid = over()) finish(*pid);
    for (auto& [pid, trial] : running_) press(pid, trial);
    pollfd wake{wakes_[0], POLLIN, 0};
    ::poll(&wake, 1, 50);
    take_signals();
  }
}

}  // namespace emulator::hunt
