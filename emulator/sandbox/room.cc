// What is let go to make room, and tasks that their sandbox has lost.
#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator {
namespace {

// A sandbox is idle when it was not used for so long and nothing is to come in it.
constexpr Duration kIdle = std::chrono::seconds(10);
// So many tasks of a sandbox are freed when it loses them; of more, so many between two looks at
// the wall clock.
constexpr std::size_t kFreedAtOnce = 1'000;
constexpr std::size_t kFreedBetween = 32;

}  // namespace

void Sandboxes::make_room_for_task() {
  while (tasks_ >= options_.limits.tasks) {
    if (free_one()) continue;
    const auto oldest = std::find_if(by_age_.rbegin(), by_age_.rend(),
                                     [](const Sandbox* box) { return box->tasks.size() > 0; });
    if (oldest == by_age_.rend()) return;
    (*oldest)->tasks.drop_oldest([this, box = *oldest](Task& task) { forget(*box, task); });
    if ((*oldest)->scribe != nullptr) (*oldest)->scribe->touched(**oldest);
  }
}

// Entries of sandboxes that were not used for the longest time go first.
void Sandboxes::trim_journals(std::uint64_t goal) {
  for (auto box = by_age_.rbegin(); box != by_age_.rend() && journals_.bytes > goal; ++box)
    while (journals_.bytes > goal && (*box)->journal.drop_oldest()) continue;
}

void Sandboxes::let_journals_go(std::uint64_t bytes) {
  trim_journals(journals_.bytes - std::min<std::uint64_t>(journals_.bytes, bytes));
}

bool Sandboxes::idle(const Sandbox& box) const {
  return !box.moving && box.agenda.empty() && wall_.now() - box.used > kIdle;
}

void Sandboxes::let_idle_go(std::uint64_t bytes) {
  const std::uint64_t total = options_.memory->total();
  const std::uint64_t goal = total - std::min(total, bytes);
  std::vector<Sandbox*> going;
  for (auto box = by_age_.rbegin(); box != by_age_.rend() && wall_.now() - (*box)->used > kIdle;
       ++box)
    if (idle(**box)) going.push_back(*box);
  for (Sandbox* box : going) {
    if (options_.memory->total() <= goal) return;
    drop(*box);
  }
}

void Sandboxes::let_tasks_go(std::uint64_t bytes) {
  const std::uint64_t total = options_.memory->total();
  const std::uint64_t goal = total - std::min(total, bytes);
  while (options_.memory->total() > goal && free_one()) continue;
  std::vector<Sandbox*> boxes(by_age_.begin(), by_age_.end());
  std::sort(boxes.begin(), boxes.end(),
            [](const Sandbox* a, const Sandbox* b) { return a->task_bytes > b->task_bytes; });
  for (Sandbox* box : boxes) {
    if (box->moving) continue;
    while (options_.memory->total() > goal &&
           box->tasks.drop_oldest([this, box](Task& task) { forget(*box, task); }))
      continue;
    if (box->scribe != nullptr) box->scribe->touched(*box);
  }
}

void Sandboxes::forget(Sandbox& box, Task& task) {
  box.forget(task);
  box.task_bytes -= task.counted;
  unlist(*box.tenure, task);
}

void Sandboxes::unlist(const Tenure& tenure, const Task& task) {
  --tasks_;
  if (options_.memory != nullptr) options_.memory->change(Held::kTasks, 0 - task.counted);
  // Another sandbox may have taken the same id over meanwhile.
  by_id_[task.provider].erase(hash_of(task.id),
                              [&task](const Place& place) { return place.task == &task; });
  if (task.provider < by_path_.size())
    for (const std::uint64_t key : task.links)
      by_path_[task.provider].erase(key, [&tenure, &task](const Ref& ref) {
        return ref.tenure == &tenure && ref.serial == task.serial;
      });
}

// Many tasks are out of reach at once, and freed in turns: a million would hold the loop for most
// of a second.
void Sandboxes::clear_tasks(Sandbox& box) {
  if (options_.emptied) options_.emptied(box.name());
  if (box.scribe != nullptr) box.scribe->tasks_cleared(box);
  if (box.tasks.size() <= kFreedAtOnce) {
    box.tasks.clear([this, &box](Task& task) { forget(box, task); });
    return;
  }
  Leaving& leaving = leaving_.emplace_back();
  leaving.tenure = std::exchange(box.tenure, std::make_unique<Tenure>(&box));
  leaving.tenure->box = nullptr;
  leaving.tasks = std::exchange(box.tasks, {});
  for (auto& [provider, account] : box.accounts)
    for (Unfinished* book : {&account.unsettled, &account.active})
      leaving.unfinished.push_back(std::exchange(*book, {}));
  box.task_bytes = 0;
  if (!freeing_) freeing_ = loop_.after(Duration::zero(), [this] { free_some(); });
}

// False when there is nothing to be freed.
bool Sandboxes::free_one() {
  if (leaving_.empty()) return false;
  Leaving& first = leaving_.front();
  while (!first.unfinished.empty()) {
    if (first.unfinished.back().drop_first()) return true;
    first.unfinished.pop_back();
  }
  if (!first.tasks.drop_oldest([&](Task& task) { unlist(*first.tenure, task); }))
    leaving_.pop_front();
  return true;
}

void Sandboxes::free_some() {
  freeing_.reset();
  const Instant began = wall_.now();
  do {
    for (std::size_t i = 0; i < kFreedBetween; ++i)
      if (!free_one()) return;
  } while (wall_.now() - began < kSlice);
  freeing_ = loop_.after(Duration::zero(), [this] { free_some(); });
}

}  // namespace emulator
