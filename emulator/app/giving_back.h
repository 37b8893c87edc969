#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "emulator/base/loop.h"
#include "emulator/base/memory.h"

namespace emulator {

// Gives memory that nobody holds any more back to the system, once nothing was asked for a moment.
// Loop thread only.
class GivingBack {
 public:
  // All of it outlives this.
  struct Parts {
    Memory& memory;
    Loop& loop;
    // How many requests there were ever.
    std::function<std::uint64_t()> requests;
    // Forgets what can be found again: it lies among what was let go, and each small piece keeps a
    // page of it.
    std::function<void()> forget;
  };
  explicit GivingBack(Parts parts) : parts_(std::move(parts)) {}

  // Whether so much that was counted is held no more that it is worth the time.
  bool is_worth_it() const;
  // Looks whether it is, after what is done in this turn, and once nothing was asked for a moment.
  void soon();

 private:
  Parts parts_;
  std::shared_ptr<void> timer_;  // set while memory is about to be given back
};

}  // namespace emulator
