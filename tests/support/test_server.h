#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "emulator/app.h"
#include "tests/support/world.h"

namespace emulator::test {

// A whole emulator on a free port of 127.0.0.1, in a thread of its own, with clocks that stand
// still and seed 1 unless told otherwise.
class TestServer {
 public:
  explicit TestServer(ServeConfig config = {});
  ~TestServer();

  std::uint16_t port() const { return port_; }
  std::vector<std::uint16_t> ports() const;
  std::vector<std::string> real_hosts() const;
  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& out() const { return out_; }
  // Whether `text` was written to stderr so far.
  bool told(const std::string& text) const;
  // Only once it has ended.
  const std::string& err() const { return err_; }
  // Ends the server and returns what `serve` would exit with. No turn of its loop may have used
  // more than kLongestTurn of processor time: far more than is promised, since this build may be
  // slow and watched by sanitizers, and far less than what is quadratic in a large request takes.
  int stop();

  static constexpr std::chrono::seconds kLongestTurn{2};

  // A configuration as the tests want it: free port, manual clock, seed 1, no log.
  static ServeConfig quiet();

 private:
  SystemWallClock wall_;
  std::string out_, err_;
  mutable std::mutex err_mutex_;  // written in the server's thread
  std::unique_ptr<App> app_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  int code_ = -1;
};

}  // namespace emulator::test
