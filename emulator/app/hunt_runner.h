#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"

// Trials as processes: each is a `run` of this very program, with an emulator of its own.
namespace emulator::hunt {

// One trial that is over.
struct Finished {
  std::size_t id = 0;
  bool hung = false;    // it was ended for its time
  bool broken = false;  // it ended without a word of what became of it
  Json report;          // as `run` tells it (trial_report.h); null when broken
  int status = 0;       // what the process ended with
  double seconds = 0;
  std::string output;  // the end of what it wrote
};

// Starts trials and waits for them. The processes of a trial end with it, however deep, and all of
// them with this object. One at a time; every call from the thread that made it.
class Runner {
 public:
  struct Options {
    std::string program;               // this one
    std::vector<std::string> passed;   // flags of `run`
    std::vector<std::string> command;  // what to run
    std::string folder;                // for scenarios and reports; must be there
  };
  explicit Runner(Options options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // "" or one line: why it could not be started.
  std::string start(std::size_t id, const std::string& scenario, std::chrono::milliseconds limit);
  std::size_t running() const { return running_.size(); }
  // Waits until a trial is over, `until` has come, or somebody asks us to end; nullopt in the
  // latter cases.
  std::optional<Finished> next(std::chrono::steady_clock::time_point until);
  // Somebody asked us to end.
  bool interrupted() const { return interrupted_; }
  // Ends what is running.
  void end_all();

 private:
  using Steady = std::chrono::steady_clock;
  struct Running {
    std::size_t id = 0;
    int output = -1;
    std::string tail;
    std::string report_file, scenario_file;
    Steady::time_point began, limit;
    int asked = 0;  // how often it was asked to end
    Steady::time_point asked_at;
    bool hung = false;
    std::optional<int> status;
  };

  void take_signals();
  void reap();
  void press(pid_t pid, Running& trial);
  void read(Running& trial);
  Finished finish(pid_t pid);
  std::optional<pid_t> over() const;

  Options options_;
  std::map<pid_t, Running> running_;
  int wakes_[2] = {-1, -1};
  bool interrupted_ = false;
};

}  // namespace emulator::hunt
