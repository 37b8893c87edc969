#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "emulator/os/os.h"

namespace emulator {

// How a command ended, in a shell's words.
struct Ended {
  int code = 0;  // its own; 128+n when signal n ended it; 127 not found; 126 not to be executed
  std::string problem;  // one line, when it could not be started
};

// One command, run in the foreground beside what else this process does.
//
// It stays in our process group and keeps our terminal, stdin, stdout and stderr, as if the shell
// had started it: Ctrl-C reaches it once, from the terminal; Ctrl-Z stops both and `fg` goes on
// with both; a pipeline around us stays one job. Signals sent to this process alone are passed on.
// What it leaves running is ended with it, however deep (Linux: this process becomes the parent of
// orphans).
//
// Make it before any thread is begun: the signals are held back for `wait` from then on, in every
// thread begun later. One at a time; every call from the thread that made it.
class Command {
 public:
  Command();
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Starts `words` (the program, looked up in PATH, and its arguments) with `variables` laid over
  // our environment. False when it could not be started; `wait` then says why, at once.
  bool start(const std::vector<std::string>& words,
             const std::vector<std::pair<std::string, std::string>>& variables);
  // Passes signals on until the command has ended; then ends what it left behind. A command that is
  // asked to end twice (by SIGINT, SIGTERM or SIGQUIT) and does not within a second is killed.
  Ended wait();

 private:
  // What the command inherits as we had it, not as we changed it.
  struct Inherited {
    struct sigaction on_child {
    }, on_pipe{}, on_file_limit{};
    rlimit files{};
  };

  [[noreturn]] void become(char* const* words, char* const* environment, int report, pid_t parent);
  bool reap();
  void sweep();
  bool insists(const os::HeldSignals::Taken& taken);

  os::HeldSignals held_;  // held back before anything else is changed, let through behind it
  Inherited inherited_;
  pid_t pid_ = 0;
  bool over_ = false;
  bool asked_ = false;                             // it was asked to end by us
  std::chrono::steady_clock::time_point typed_{};  // when the terminal last asked it to end
  Ended ended_;
};

}  // namespace emulator
