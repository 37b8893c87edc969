#pragma once

#include "emulator/base/clock.h"

namespace emulator::test {

// 2026-01-01T00:00:00Z, where manual clocks start.
inline constexpr Instant kNewYear{std::chrono::seconds(1'767'225'600)};

// A wall clock that moves only when told to, or by a step each time somebody looks at it: then
// whatever looks at it from time to time takes long.
class ManualWall final : public WallClock {
 public:
  Instant now() const override { return now_ += each_look_; }
  void advance(Duration by) { now_ += by; }
  void set_each_look(Duration step) { each_look_ = step; }

 private:
  mutable Instant now_ = kNewYear;
  Duration each_look_{};
};

}  // namespace emulator::test
