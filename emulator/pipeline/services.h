#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/base/memory.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/sandbox/agenda.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/task/task.h"

namespace emulator {

// What a dialect may use beside wording, for a provider's own calls. Loop thread.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual Uploads& uploads() = 0;
  // Counts what is held for a call; null: nobody counts.
  virtual Memory* memory() = 0;

  // The task of that id, where it is the call's provider's and in its sandbox; null otherwise.
  virtual const Task* find_task(const Call& call, std::string_view id) = 0;
  // Lists no longer show a task, and it stops where it had not ended. It is the call's sandbox's.
  virtual void remove_task(const Call& call, const Task& task) = 0;
  // Makes a task's pictures reachable, if it has any to show. It is the call's sandbox's.
  virtual void know_pictures(const Call& call, const Task& task, const TaskView& view) = 0;
  // Credits left to the call's sandbox with its provider at its present time.
  virtual double credits(const Call& call) = 0;

  // The present time of a sandbox, by its name; nullopt when there is none any more.
  virtual std::optional<Instant> now_in(std::string_view box) = 0;
  // Runs `action` at `due` on the clock of that sandbox, if there is one.
  virtual void at(std::string_view box, Instant due, Agenda::Action action) = 0;
  // Does `request` as if it had come over the wire: decided, journalled, answered. For what a
  // client asks over a connection of another kind, such as a WebSocket.
  virtual void perform(std::shared_ptr<const http::Request> request, http::Respond respond) = 0;
};

}  // namespace emulator
