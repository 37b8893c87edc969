#pragma once

#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/task/task.h"

namespace emulator {

// How the cancelling of a task is answered. A dialect of a provider where tasks can be cancelled is
// one of these as well. Pure, as a dialect is. Loop thread.
class Cancelling {
 public:
  virtual ~Cancelling() = default;

  // The answer to a cancel; `view` is the state before it. The task is cancelled by the pipeline
  // when it had not ended.
  virtual http::Reply cancelled(const Call& call, const Task& task, const TaskView& view) const = 0;
  // False when a task that has not ended goes on to its end although its cancelling was accepted.
  virtual bool lets_go(const Task&, const TaskView&) const { return true; }
};

}  // namespace emulator
