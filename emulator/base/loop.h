#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/pace.h"

namespace emulator {

// Work that would hold up the loop.
struct BackgroundWork {
  std::string owner;     // whose it is: owners take turns, however much each has
  std::size_t room = 0;  // bytes of memory it takes while it is done; about
  // May be called on another thread: a pure function of what it captured. It asks the pace every
  // few milliseconds; what it throws otherwise is thrown again on the loop thread.
  std::function<void(Pace& pace)> work;
  // Called on the loop thread once `work` has returned; not when it was given up or has thrown.
  std::function<void()> done;
};

// The event loop as the parts of the emulator see it: one thread that calls them, one call at a
// time, each of which must not block. A part is handed the loop by reference, and the loop outlives
// it. http::Server is the one that sockets hang on; ManualLoop turns by hand.
class Loop {
 public:
  virtual ~Loop() = default;

  // Calls `work` on the loop thread in a turn to come, in the order of the calls. Thread-safe.
  virtual void post(std::function<void()> work) = 0;

  // Calls `work` on the loop thread once `wait` of wall time has passed; with nothing to wait for,
  // in a turn to come. Letting go of the handle cancels; the handle may outlive the loop. Loop
  // thread only (or before the loop runs), as is letting go.
  virtual std::shared_ptr<void> after(Duration wait, std::function<void()> work) = 0;

  // Has the work done beside the loop; `done` may be called before this returns. Letting go of the
  // handle gives the work up: what has not begun never does, what has ends at its next look at the
  // pace. The handle may outlive the loop. Loop thread only, as is letting go.
  virtual std::shared_ptr<void> offload(BackgroundWork work) = 0;
  // Has short work done beside the loop that nobody gives up and that has no owner.
  void offload(std::function<void()> work, std::function<void()> done);

 protected:
  Loop() = default;
  Loop(const Loop&) = default;
  Loop& operator=(const Loop&) = default;
};

}  // namespace emulator
