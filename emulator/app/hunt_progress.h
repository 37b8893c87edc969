#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "emulator/app/hunt_report.h"

namespace emulator::hunt {

// Says how far a hunt has come: one line that changes, on a terminal; a line a trial elsewhere.
class Progress {
 public:
  Progress(std::function<void(const std::string&)> out, std::size_t planned, bool bar);
  // Ends the line that changes.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more trial is over.
  void told(const Judgement& one);

 private:
  std::string bar() const;

  const std::function<void(const std::string&)> out_;
  const std::size_t planned_;
  const bool bar_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::size_t done_ = 0, bad_ = 0;
  bool open_ = false;
};

}  // namespace emulator::hunt
