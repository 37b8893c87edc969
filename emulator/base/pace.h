#pragma once

namespace emulator {

// Long work asks this now and then, every few milliseconds, whether it may go on. Others may have
// the processor before the call returns; where nobody wants the result any more, it throws GivenUp,
// which the work lets through.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual void go_on() = 0;
};

struct GivenUp {};

// For work that nobody interrupts.
class Unhindered final : public Pace {
 public:
  void go_on() override {}
};

}  // namespace emulator
