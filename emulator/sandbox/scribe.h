#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace emulator {

class Sandbox;

// Whoever writes down what sandboxes are, so that it lasts longer than this process. Told what has
// changed, when it has; looks at it in a later turn, so that one who changes much tells cheaply. A
// sandbox without one is not written down. Loop thread only.
class Scribe {
 public:
  virtual ~Scribe() = default;

  // A sandbox was made; it may be given back what was written of it before, within this call.
  virtual void made(Sandbox& box) = 0;
  // It is about to go, with everything in it.
  virtual void gone(Sandbox& box) = 0;
  // Something may have changed that none of the others tells of: clock, counters, account.
  virtual void touched(Sandbox& box) = 0;
  virtual void task_changed(Sandbox& box, std::uint64_t serial) = 0;
  // All of its tasks are gone, and the next one has number 1 again.
  virtual void tasks_cleared(Sandbox& box) = 0;
  virtual void note_changed(Sandbox& box, std::uint16_t provider, const std::string& key) = 0;
  virtual void notes_cleared(Sandbox& box) = 0;
  // A webhook of it was planned, tried, or is over.
  virtual void webhook_changed(Sandbox& box, std::uint64_t number) = 0;
  virtual void webhooks_cleared(Sandbox& box) = 0;
};

}  // namespace emulator
