#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/task/task.h"

namespace emulator {

// What a dialect may use beside wording, for a provider's own calls. Loop thread.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual Sandboxes& sandboxes() = 0;
  virtual Uploads& uploads() = 0;
  // Runs `action` at `due` on the sandbox's clock. `kind` "" is not reported by the clock call.
  virtual void at(Sandbox& box, Instant due, std::string kind, std::string id,
                  Agenda::Action action) = 0;
  // Does `request` as if it had come over the wire: decided, journalled, answered. For what a
  // client asks over a connection of another kind, such as a WebSocket.
  virtual void perform(std::shared_ptr<const http::Request> request, http::Respond respond) = 0;
  // Credits left to the sandbox with this provider at its present time.
  virtual double credits(Sandbox& box, std::uint16_t provider) = 0;
  // Makes a task's pictures reachable, if it has any to show.
  virtual void know_pictures(Sandbox& box, Task& task, const TaskView& view) = 0;
};

}  // namespace emulator
