#include "emulator/task/task.h"

#include <algorithm>

namespace emulator {
namespace {

double share(Duration part, Duration whole) {
  if (whole <= Duration::zero()) return 1;
  return std::clamp(static_cast<double>(part.count()) / static_cast<double>(whole.count()), 0.0,
                    1.0);
}

// Input that is refused before any work never runs.
Duration work_of(const Fate& fate) {
  return fate.end == End::kInputModerated ? Duration::zero() : fate.running_for;
}

}  // namespace

std::optional<Instant> due_end(const Task& task) {
  if (task.cancelled) return task.cancelled;
  if (task.fate.end == End::kStuck) return std::nullopt;
  if (task.fate.polls > 0) return task.shown;
  if (task.fate.queued_for >= kForGood) return std::nullopt;
  return task.accepted + task.fate.queued_for + work_of(task.fate);
}

std::optional<Instant> due_next(const Task& task, Instant now) {
  const std::optional<Instant> end = due_end(task);
  const bool counts = task.fate.polls > 0 || task.fate.queued_for >= kForGood;
  const Instant start = counts ? Instant{} : task.accepted + task.fate.queued_for;
  if (start > now && (!end || start < *end)) return start;
  return end && *end > now ? end : std::nullopt;
}

TaskView state_at(const Task& task, Instant now) {
  const Fate& fate = task.fate;
  now = std::max(now, task.accepted);

  TaskView view;
  view.now = now;
  view.started = task.accepted + fate.queued_for;
  view.waited = share(now - task.accepted, fate.queued_for);
  view.progress = now < view.started ? 0 : share(now - view.started, work_of(fate));

  const std::optional<Instant> end = due_end(task);
  view.ended = end.value_or(view.started + work_of(fate));
  if (end && now >= *end) {
    view.phase = Phase::kEnded;
    const Task& t = task;
    const bool first = t.cancelled && (fate.end == End::kStuck || fate.polls > 0 ||
                                       *t.cancelled < view.started + work_of(fate));
    view.end = first ? End::kCancelled : fate.end;
    view.progress = 1;
    view.started = std::min(view.started, view.ended);
    return view;
  }

  view.phase = now < view.started ? Phase::kQueued : Phase::kRunning;
  if (fate.polls > 0) {
    view.phase = task.polled == 0 ? Phase::kQueued : Phase::kRunning;
    view.progress = share(Duration(task.polled), Duration(fate.polls));
  }
  // Work that has not ended never shows as whole, however long it hangs.
  view.progress = std::min(view.progress, 0.99);
  return view;
}

}  // namespace emulator
