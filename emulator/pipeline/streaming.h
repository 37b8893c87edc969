#pragma once

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/task/task.h"

namespace emulator {

// What a stream that follows a task sends at one moment.
struct Piece {
  std::string bytes;            // "" : nothing now
  bool last = false;            // the stream ends behind it
  std::optional<Instant> next;  // look again then; beginning, end and cancelling of the task
                                // are looked at in any case
};

// Replies that follow a task until it ends. A dialect of a provider that streams is one of these as
// well. Pure, as a dialect is. Loop thread.
class Streaming {
 public:
  virtual ~Streaming() = default;

  // The head of a reply that follows a task until it ends, for requests `on: stream` and for
  // Submission::follow; nullopt when the call is none such, and is answered otherwise.
  virtual std::optional<http::Reply> followed(const Call& call, const Task& task,
                                              const TaskView& view) const = 0;
  // What such a stream sends now. `kept` is the dialect's own, null at first, for this one stream.
  virtual Piece follow(const Call& call, const Task& task, const TaskView& view,
                       Json& kept) const = 0;
};

}  // namespace emulator
