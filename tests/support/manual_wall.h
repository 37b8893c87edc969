#pragma once

#include "emulator/base/clock.h"

namespace emulator::test {

// 2026-01-01T00:00:00Z, where manual clocks start.
inline constexpr Instant kNewYear{std::chrono::seconds(1'767'225'600)};

// A wall clock that moves only when told to.
class ManualWall final : public WallClock {
 public:
  Instant now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_ = kNewYear;
};

}  // namespace emulator::test
