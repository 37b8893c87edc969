#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/config.h"
#include "emulator/http/server.h"

namespace emulator {

// Where an app writes and what time it lives by: the real ones in main, others in tests.
struct Surroundings {
  const WallClock* wall = nullptr;              // not owned; outlives the app
  std::function<void(const std::string&)> out;  // stdout
  std::function<void(const std::string&)> err;  // stderr
  std::uint64_t drawn_seed = 0;                 // used when nobody gave one
};

// Builds every part once and hands each what it needs.
class App {
 public:
  // The failure is one line for stderr.
  static Result<std::unique_ptr<App>, std::string> make(ServeConfig config,
                                                        Surroundings surroundings);
  ~App();

  // Listens, says so on stdout, writes the port file. The failure is one line for stderr.
  Result<std::uint16_t, std::string> start();
  // Serves until `stop` or a signal; drains; returns the exit code.
  int run();
  // Thread-safe.
  void stop();

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
