#include "emulator/pipeline/follow.h"

#include <doctest.h>

#include "tests/support/manual_wall.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

// Queued for 2 s, then at work for 3 s.
Task task_of() {
  Task task;
  task.accepted = kNewYear;
  task.fate.queued_for = 2s;
  task.fate.running_for = 3s;
  return task;
}

}  // namespace

TEST_CASE("a stream looks again when its task begins, ends, or its dialect wants to") {
  const Task task = task_of();
  struct Row {
    const char* name;
    std::optional<Instant> asked;
    Duration now;
    std::optional<Instant> next;
  };
  const Row rows[] = {
      {"begins", std::nullopt, 0s, kNewYear + 2s},
      {"ends", std::nullopt, 2s, kNewYear + 5s},
      {"nothing is to come", std::nullopt, 5s, std::nullopt},
      {"asked for sooner", kNewYear + 1s, 0s, kNewYear + 1s},
      {"asked for later", kNewYear + 4s, 0s, kNewYear + 2s},
      {"asked for after the end", kNewYear + 9s, 5s, kNewYear + 9s},
      {"never at once", kNewYear + 2s, 2s, kNewYear + 2s + 1ns},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(next_look(task, {"", false, row.asked}, kNewYear + row.now) == row.next);
  }
}

TEST_CASE("of a task that counts polls a stream is one, each second") {
  Task task = task_of();
  task.fate.polls = 3;
  CHECK(next_look(task, {}, kNewYear + 7s) == kNewYear + 8s);
}

}  // namespace emulator::test
