#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

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
// It never shows a time outside kEarliest to kLatest: what would lead beyond stops there. Not
// thread-safe; belongs to the loop thread. `wall` must outlive it.
class VirtualClock {
 public:
  // From here on sums stay inside what an Instant holds: the longest wait of a task, its run and
  // the life of its links, 130 years together, may be added to any time a clock shows.
  static constexpr Instant kEarliest = std::chrono::sys_days(std::chrono::year(1970) / 1 / 1);
  static constexpr Instant kLatest = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);

  VirtualClock(const WallClock& wall, Instant start, double speed)
      : wall_(&wall), anchor_(within(start)), wall_anchor_(wall.now()), speed_(speed) {}

  // How it stands: from when on, by the wall, it goes on from which time, and how fast.
  struct Anchor {
    Instant shown, wall;
    double speed = 1;
  };
  Anchor anchor() const { return {anchor_, wall_anchor_, speed_}; }
  // A clock that stood so goes on, as if it had gone all the time. A wall that shows an earlier
  // time than it did then stands for no time having passed.
  VirtualClock(const WallClock& wall, const Anchor& stood)
      : wall_(&wall),
        anchor_(within(stood.shown)),
        wall_anchor_(std::min(stood.wall, wall.now())),
        speed_(stood.speed) {}

  Instant now() const {
    if (speed_ == 0) return anchor_;
    const Duration passed = wall_->now() - wall_anchor_;
    if (speed_ == 1) return anchor_ + std::min(passed, kLatest - anchor_);
    // Compared before it is converted: a product beyond the range has no whole number.
    const double passes = static_cast<double>(passed.count()) * speed_;
    const Duration room = kLatest - anchor_;
    if (passes >= static_cast<double>(room.count())) return kLatest;
    return anchor_ + Duration(static_cast<Duration::rep>(passes));
  }

  // How long by the wall until it shows `at`; zero when it does. Nullopt when it never will: it
  // stands still, or `at` lies beyond kLatest. At most kLongestWait: look again then.
  std::optional<Duration> wall_time_until(Instant at) const {
    const Instant shown = now();
    if (at <= shown) return Duration::zero();
    if (speed_ == 0 || at > kLatest) return std::nullopt;
    const double wait = std::ceil(static_cast<double>((at - shown).count()) / speed_);
    if (!(wait < static_cast<double>(kLongestWait.count()))) return kLongestWait;
    return Duration(static_cast<Duration::rep>(wait));
  }
  static constexpr Duration kLongestWait = std::chrono::hours(24);

  // Virtual seconds per second of the wall; 0 while frozen.
  double speed() const { return speed_; }
  bool frozen() const { return speed_ == 0; }

  // Moves the clock to `at`, forward or back, and keeps its speed.
  void set(Instant at) {
    anchor_ = within(at);
    wall_anchor_ = wall_->now();
  }

  // Changes how fast it runs from now on; 0 freezes it. `speed` is at least 0.
  void run_at(double speed) {
    set(now());
    speed_ = speed;
  }

 private:
  static constexpr Instant within(Instant at) { return std::clamp(at, kEarliest, kLatest); }

  const WallClock* wall_;
  Instant anchor_;
  Instant wall_anchor_;
  double speed_;
};

}  // namespace emulator
