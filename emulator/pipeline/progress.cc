#include "emulator/pipeline/progress.h"

namespace emulator {

std::string phase_word(const TaskView& view) {
  switch (view.phase) {
    case Phase::kQueued:
      return "queued";
    case Phase::kRunning:
      return "running";
    case Phase::kEnded:
      return std::string(to_string(view.end));
  }
  return "";
}

void count_poll(Sandbox& box, Task& task, Instant now) {
  if (task.fate.polls == 0 || task.shown) return;
  box.changed(task);
  if (++task.polled < static_cast<std::uint32_t>(task.fate.polls)) return;
  task.shown = now;
  box.end_changed(task, std::nullopt, now);
}

void cancel(Sandbox& box, Task& task, Instant now) {
  const auto expected = due_end(task);
  task.cancelled = now;
  box.unsettle(task);
  box.end_changed(task, expected, now);
}

}  // namespace emulator
