#include "emulator/task/task.h"

#include <doctest.h>

using namespace std::chrono_literals;

namespace emulator {
namespace {

constexpr Instant kNoon{std::chrono::hours(12)};

Task two_second_queue_three_second_run() {
  Task task;
  task.accepted = kNoon;
  task.fate.queued_for = 2s;
  task.fate.running_for = 3s;
  return task;
}

}  // namespace

TEST_CASE("a task walks from queued to its ending as the clock moves") {
  struct Row {
    const char* name;
    Duration after;
    Phase phase;
    double progress;
  };
  const Row rows[] = {
      {"before it was accepted", -5s, Phase::kQueued, 0},
      {"at acceptance", 0s, Phase::kQueued, 0},
      {"last instant in the queue", 1999ms, Phase::kQueued, 0},
      {"work starts", 2000ms, Phase::kRunning, 0},
      {"half done", 3500ms, Phase::kRunning, 0.5},
      {"work that has not ended never shows as whole", 4999999us, Phase::kRunning, 0.99},
      {"the ending is inclusive", 5000ms, Phase::kEnded, 1},
      {"and for good", 99h, Phase::kEnded, 1},
  };
  const Task task = two_second_queue_three_second_run();
  for (const Row& row : rows) {
    INFO(row.name);
    const TaskView view = state_at(task, kNoon + row.after);
    CHECK(view.phase == row.phase);
    CHECK(view.progress == doctest::Approx(row.progress).epsilon(0.001));
    CHECK(view.started == kNoon + 2s);
    CHECK(view.ended == kNoon + 5s);
  }
}

TEST_CASE("what was decided shows at the end, and only then") {
  Task task = two_second_queue_three_second_run();
  task.fate.end = End::kOutputModerated;
  CHECK_FALSE(state_at(task, kNoon + 4s).done());
  const TaskView view = state_at(task, kNoon + 5s);
  CHECK(view.end == End::kOutputModerated);
  CHECK_FALSE(view.made());
}

TEST_CASE("input that is moderated never runs") {
  Task task = two_second_queue_three_second_run();
  task.fate.end = End::kInputModerated;
  CHECK(state_at(task, kNoon + 1999ms).phase == Phase::kQueued);
  CHECK(state_at(task, kNoon + 2s).end == End::kInputModerated);
  CHECK(state_at(task, kNoon + 2s).done());
}

TEST_CASE("a stuck task never ends") {
  Task task = two_second_queue_three_second_run();
  task.fate.end = End::kStuck;
  CHECK(state_at(task, kNoon + 10'000h).phase == Phase::kRunning);
  CHECK_FALSE(due_end(task).has_value());
}

TEST_CASE("polls take the place of time where the scenario counts them") {
  Task task = two_second_queue_three_second_run();
  task.fate.polls = 3;
  CHECK(state_at(task, kNoon + 99h).phase == Phase::kQueued);
  task.polled = 2;
  CHECK(state_at(task, kNoon + 99h).phase == Phase::kRunning);
  task.polled = 3;
  task.shown = kNoon + 7s;
  const TaskView view = state_at(task, kNoon + 7s);
  CHECK(view.done());
  CHECK(view.ended == kNoon + 7s);
}

TEST_CASE("cancelling ends a task that had not ended, and changes nothing on one that had") {
  Task task = two_second_queue_three_second_run();
  task.cancelled = kNoon + 1s;
  CHECK(state_at(task, kNoon + 1s).end == End::kCancelled);
  CHECK(state_at(task, kNoon + 1s).ended == kNoon + 1s);
  Task stuck = two_second_queue_three_second_run();
  stuck.fate.end = End::kStuck;
  stuck.cancelled = kNoon + 1h;
  CHECK(state_at(stuck, kNoon + 2h).end == End::kCancelled);
}

}  // namespace emulator
