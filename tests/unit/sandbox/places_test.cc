#include <doctest.h>

#include "emulator/sandbox/sandbox.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{};

struct StoppedWall final : WallClock {
  Instant now() const override { return kStart; }
};

// A sandbox in which every account has two places.
struct Account2 {
  StoppedWall wall;
  Sandbox box{"me", wall, kStart, 0};

  Task& accept(Duration at, Duration run, End end = End::kSucceed, int polls = 0) {
    Task task;
    task.accepted = kStart + at;
    task.fate.running_for = run;
    task.fate.end = end;
    task.fate.polls = polls;
    Task& kept = box.tasks.add(std::move(task));
    box.take_place(kept, 2);
    return kept;
  }
  void cancel(Task& task, Duration at) {
    const auto expected = due_end(task);
    task.cancelled = kStart + at;
    box.end_changed(task, expected, kStart + at);
  }
};

TEST_CASE("a task without a place waits for the first to come free, in order of acceptance") {
  Account2 account;
  CHECK(due_end(account.accept(0s, 10s)) == kStart + 10s);
  CHECK(due_end(account.accept(0s, 4s)) == kStart + 4s);
  Task& third = account.accept(1s, 1s);
  CHECK(third.held_for == 3s);
  CHECK(state_at(third, kStart + 3s).phase == Phase::kQueued);
  CHECK(state_at(third, kStart + 4s).phase == Phase::kRunning);
  CHECK(due_end(account.accept(1s, 1s)) == kStart + 6s);
  CHECK(due_end(account.accept(20s, 1s)) == kStart + 21s);
}

TEST_CASE("a place given up early is taken sooner") {
  Account2 account;
  Task& first = account.accept(0s, 100s);
  account.accept(0s, 50s);
  Task& third = account.accept(0s, 10s);
  Task& fourth = account.accept(0s, 10s);
  CHECK(due_end(third) == kStart + 60s);
  CHECK(due_end(fourth) == kStart + 70s);
  account.cancel(first, 5s);
  CHECK(due_end(third) == kStart + 15s);
  CHECK(due_end(fourth) == kStart + 25s);
  account.cancel(fourth, 6s);
  CHECK(due_end(account.accept(7s, 1s)) == kStart + 16s);
}

TEST_CASE("whoever waits for a task that never ends waits for good, until it is cancelled") {
  Account2 account;
  Task& stuck = account.accept(0s, 1s, End::kStuck);
  Task& polled = account.accept(0s, 1s, End::kSucceed, 3);
  Task& third = account.accept(0s, 1s);
  CHECK_FALSE(due_end(third).has_value());
  CHECK(state_at(third, kStart + 24h * 365).phase == Phase::kQueued);
  account.cancel(stuck, 10s);
  CHECK(due_end(third) == kStart + 11s);
  polled.shown = kStart + 12s;
  account.box.end_changed(polled, std::nullopt, kStart + 12s);
  CHECK(due_end(account.accept(12s, 1s)) == kStart + 13s);
}

TEST_CASE("a window lets so many in, then says how long until the next") {
  Account2 account;
  Sandbox& box = account.box;
  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(box.rate_wait(0, 2, 1min, kStart + 5s).has_value());
    box.count_submission(0, 1min, kStart + 5s);
  }
  CHECK(box.rate_wait(0, 2, 1min, kStart + 20s) == Duration(45s));
  CHECK_FALSE(box.rate_wait(1, 2, 1min, kStart + 20s).has_value());
  CHECK_FALSE(box.rate_wait(0, 2, 1min, kStart + 65s).has_value());
  box.count_submission(0, 1min, kStart + 65s);
  CHECK_FALSE(box.rate_wait(0, 2, 1min, kStart + 66s).has_value());
}

}  // namespace
}  // namespace emulator
