#pragma once

#include <chrono>

namespace emulator {

using Duration = std::chrono::nanoseconds;
using Millis = std::chrono::milliseconds;

// A point in time, UTC, in nanoseconds since the Unix epoch (1678 to 2262).
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Where time comes from. The wall in production; moved by hand in tests. Handed in by whoever
// builds the parts: nothing else in the core may ask the system for the time.
class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual Instant now() const = 0;
};

// The machine's clock: system time when it was made, carried on by the steady clock, so that a
// step of the system time never moves a sandbox.
class SystemWallClock final : public WallClock {
 public:
  Instant now() const override {
    return start_ + std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - base_);
  }

 private:
  Instant start_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  std::chrono::steady_clock::time_point base_ = std::chrono::steady_clock::now();
};

// The clock of one sandbox: runs with the wall, faster, or stands still; can be set and advanced.
// Not thread-safe; belongs to the loop thread. `wall` must outlive it.
class VirtualClock {
 public:
  VirtualClock(const WallClock& wall, Instant start, double speed)
      : wall_(&wall), anchor_(start), wall_anchor_(wall.now()), speed_(speed) {}

  Instant now() const {
    if (speed_ == 0) return anchor_;
    const Duration passed = wall_->now() - wall_anchor_;
    if (speed_ == 1) return anchor_ + passed;
    return anchor_ + std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::nano>(
                         static_cast<double>(passed.count()) * speed_));
  }

  // Virtual seconds per second of the wall; 0 while frozen.
  double speed() const { return speed_; }
  bool frozen() const { return speed_ == 0; }

  // Moves the clock to `at`, forward or back, and keeps its speed.
  void set(Instant at) {
    anchor_ = at;
    wall_anchor_ = wall_->now();
  }

  // Changes how fast it runs from now on; 0 freezes it. `speed` is at least 0.
  void run_at(double speed) {
    set(now());
    speed_ = speed;
  }

 private:
  const WallClock* wall_;
  Instant anchor_;
  Instant wall_anchor_;
  double speed_;
};

}  // namespace emulator
