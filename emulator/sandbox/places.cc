// Limits that make an account's tasks wait, or its submissions stop. An account has so many places;
// a task without one waits, in order of acceptance, for the first to come free. Since ends are
// known when tasks are accepted, so is when each wait is over: only a task that ends early
// (cancelled, shown by a counted poll) makes it necessary to plan anew.
#include <algorithm>

#include "emulator/sandbox/sandbox.h"

namespace emulator {
namespace {

Instant end_of(const Task& task) { return due_end(task).value_or(Instant::max()); }

// The time in the queue with another wait for a place in front of it.
void wait_until(Task& task, Instant start) {
  const Duration own = task.fate.queued_for - task.held_for;
  task.held_for = start == Instant::max() ? kForGood : std::max(Duration(0), start - task.accepted);
  task.fate.queued_for = own + task.held_for;
}

// The place that comes free first is taken by `task`, from `now` on or later.
void next_place(Account& account, Task& task, Instant now) {
  account.places.erase(account.places.begin(), account.places.upper_bound(now));
  Instant start = now;
  if (account.places.size() >= account.place_limit) {
    start = *account.places.begin();
    account.places.erase(account.places.begin());
    wait_until(task, start);
    account.last_start = std::max(account.last_start, start);
  } else if (task.held_for > Duration(0)) {
    wait_until(task, now);
  }
  account.places.insert(end_of(task));
}

}  // namespace

void Sandbox::take_place(Task& task, std::size_t limit) {
  Account& mine = account(task.provider);
  mine.place_limit = std::max<std::size_t>(limit, 1);
  // A lower limit than before: the places that come free last stay taken.
  while (mine.places.size() > mine.place_limit) mine.places.erase(mine.places.begin());
  next_place(mine, task, task.accepted);
}

void Sandbox::end_changed(const Task& task, std::optional<Instant> expected, Instant now) {
  const bool others = plan_anew(task, expected, now);
  Account& mine = account(task.provider);
  mine.unsettled.moved(task);
  mine.active.moved(task);
  changed(task);
  if (ends_moved) ends_moved(task, others);
}

// True when the waits of other tasks may have become shorter.
bool Sandbox::plan_anew(const Task& task, std::optional<Instant> expected, Instant now) {
  Account& mine = account(task.provider);
  if (mine.places.empty()) return false;
  if (mine.last_start <= now) {
    const auto taken = mine.places.find(expected.value_or(Instant::max()));
    if (taken != mine.places.end()) mine.places.erase(taken);
    return false;
  }
  mine.places.clear();
  mine.last_start = Instant{};
  std::vector<Task*> waiting;
  for (Task& other : tasks.all()) {
    if (other.provider != task.provider || state_at(other, now).done()) continue;
    if (other.held_for > Duration(0) && other.accepted + other.held_for > now)
      waiting.push_back(&other);
    else
      mine.places.insert(end_of(other));
  }
  for (Task* other : waiting) {
    next_place(mine, *other, now);
    mine.unsettled.moved(*other);
    mine.active.moved(*other);
    changed(*other);
  }
  return true;
}

std::optional<Duration> Sandbox::rate_wait(std::uint16_t provider, std::size_t most,
                                           Duration window, Instant now) {
  const Account& mine = account(provider);
  const Instant end = mine.window_began + window;
  if (now >= end || now < mine.window_began || mine.window_count < most) return std::nullopt;
  return end - now;
}

void Sandbox::count_submission(std::uint16_t provider, Duration window, Instant now) {
  Account& mine = account(provider);
  if (mine.window_count == 0 || now >= mine.window_began + window || now < mine.window_began) {
    mine.window_began = now;
    mine.window_count = 0;
  }
  ++mine.window_count;
}

}  // namespace emulator
