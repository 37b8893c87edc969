// Moves of clocks: what is due on the way is fired in order of time, in slices.
#include <algorithm>
#include <iterator>
#include <queue>
#include <utility>

#include "emulator/sandbox/sandboxes.h"

namespace emulator {
namespace {

// Every answer about a clock lists what is to come; the first of it says enough.
constexpr std::size_t kPendingListed = 1'000;
// So many tasks are looked at for what ended between two looks at the wall clock.
constexpr std::size_t kLookedAtBetween = 256;

}  // namespace

struct Sandboxes::Move {
  Sandbox* box;
  Instant from, target;
  Moved moved;
  std::function<void(Moved)> done;
  Instant at{};          // what is being fired
  std::size_t open = 0;  // actions that have begun and not finished
  // What ended on the way, the latest on top: an end that comes after all the reply has room for
  // is let go of.
  struct Ending {
    Instant at;
    std::uint64_t serial;  // of the task
    bool link;             // its links died, not it
    // What is found is in the comparison that the compiler makes.
    auto operator<=>(const Ending&) const = default;  // NOLINT(modernize-use-nullptr)
  };
  std::priority_queue<Ending> ended;
  std::uint64_t looked_at = 0;  // tasks of smaller serials have been looked at
};

std::optional<Instant> Sandboxes::next_event(const Sandbox& box) const {
  const Instant now = box.clock.now();
  std::optional<Instant> next = box.agenda.next();
  const auto consider = [&](Instant at) {
    if (at > now && (!next || at < *next)) next = at;
  };
  for (const Task& task : box.tasks.all()) {
    const std::optional<Instant> end = due_end(task);
    if (!end) continue;
    consider(task.accepted + task.fate.queued_for);
    consider(*end);
    if (state_at(task, *end).made() && task.fate.links_live_for > Duration::zero())
      consider(*end + task.fate.links_live_for);
  }
  return next;
}

Sandboxes::Moved Sandboxes::standing(const Sandbox& box) const {
  Moved out;
  out.now = box.clock.now();
  std::vector<Agenda::Entry>& pending = out.pending;
  if (options_.under_way) pending = options_.under_way(box);
  for (Agenda::Entry& entry : box.agenda.entries(kPendingListed + 1))
    pending.push_back(std::move(entry));
  std::stable_sort(pending.begin(), pending.end(),
                   [](const Agenda::Entry& a, const Agenda::Entry& b) { return a.at < b.at; });
  out.more_pending = pending.size() > kPendingListed;
  if (out.more_pending) pending.resize(kPendingListed);
  return out;
}

void Sandboxes::move(Sandbox& box, Instant target, std::function<void(Moved)> done) {
  const auto moving = std::make_shared<Move>();
  moving->box = &box;
  moving->target = target;
  moving->done = std::move(done);
  moving->from = box.clock.now();
  if (box.moves.size() == Sandbox::kMovesKept) box.moves.erase(box.moves.begin());
  if (target != moving->from) box.moves.push_back({moving->from, target});
  box.moving = true;
  arm(box);
  // What began before belongs to the time before.
  if (options_.settle && target >= box.clock.now())
    box.agenda.put(box.clock.now(), {"", "", [this, &box](std::function<void()> finished) {
                                       options_.settle(box, std::move(finished));
                                     }});
  step(moving);
}

// Fires what is due at the instant that a move has come to. False when there is more of it
// than fits into one slice; the rest has its turn then, and the move goes on from there.
bool Sandboxes::fire(const std::shared_ptr<Move>& moving) {
  Sandbox& box = *moving->box;
  const Instant began = wall_.now();
  while (auto item = box.agenda.pop(moving->at)) {
    if (!item->second.kind.empty())
      moving->moved.fired.push_back({moving->at, item->second.kind, item->second.id});
    ++moving->open;
    perform(item->second, [this, moving] {
      if (--moving->open == 0) step(moving);
    });
    if (wall_.now() - began < kSlice) continue;
    box.move_turn = loop_.after(Duration::zero(), [this, moving] {
      moving->box->move_turn.reset();
      if (fire(moving) && --moving->open == 0) step(moving);
    });
    return false;
  }
  return true;
}

// Fires everything due at the next instant, waits until it has finished, goes on to the next.
// What calls this may let go of the move meanwhile, so it has a hold of its own.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void Sandboxes::step(std::shared_ptr<Move> moving) {
  Sandbox& box = *moving->box;
  while (true) {
    const auto next = box.agenda.next();
    if (!next || *next > moving->target) break;
    moving->at = *next;
    if (*next > box.clock.now()) box.clock.set(*next);
    moving->open = 1;  // held while firing, so that what finishes at once does not recurse
    if (!fire(moving)) return;
    if (--moving->open > 0) return;
  }
  // A clock that runs may have come further by itself while things took their time.
  if (moving->target > box.clock.now() || moving->target < moving->from)
    box.clock.set(moving->target);
  look_up_ends(moving);
}

// Which tasks and links ended on the way, looked up only now: tasks may have come, and been
// cancelled, meanwhile. A million tasks take more than one slice.
void Sandboxes::look_up_ends(const std::shared_ptr<Move>& moving) {
  const TaskStore& tasks = moving->box->tasks;
  const Instant began = wall_.now();
  moving->looked_at = std::max(moving->looked_at, tasks.next_serial() - tasks.size());
  for (std::size_t i = 1; moving->looked_at < tasks.next_serial(); ++i) {
    look_up_end(*moving, *tasks.at(moving->looked_at++));
    if (i % kLookedAtBetween != 0 || wall_.now() - began < kSlice) continue;
    moving->box->move_turn = loop_.after(Duration::zero(), [this, moving] {
      moving->box->move_turn.reset();
      look_up_ends(moving);
    });
    return;
  }
  end_move(moving);
}

void Sandboxes::look_up_end(Move& moving, const Task& task) const {
  const auto note = [&](Instant at, bool link) {
    if (at <= moving.from || at > moving.target) return;
    moving.ended.push({at, task.serial, link});
    if (moving.ended.size() <= options_.limits.fired) return;
    moving.ended.pop();
    moving.moved.more = true;
  };
  const std::optional<Instant> end = due_end(task);
  if (!end) return;
  note(*end, false);
  if (state_at(task, *end).made() && task.fate.links_live_for > Duration::zero())
    note(*end + task.fate.links_live_for, true);
}

void Sandboxes::end_move(const std::shared_ptr<Move>& moving) {
  Sandbox& box = *moving->box;
  box.moving = box.skip_moving = false;
  if (box.scribe != nullptr) box.scribe->touched(box);
  arm(box);
  Moved& moved = moving->moved;
  std::vector<Fired> ended;
  for (auto& left = moving->ended; !left.empty(); left.pop())
    if (const Task* task = box.tasks.at(left.top().serial))
      ended.push_back({left.top().at, left.top().link ? "link" : "task", task->id});
  moved.fired.insert(moved.fired.begin(), std::make_move_iterator(ended.rbegin()),
                     std::make_move_iterator(ended.rend()));
  std::stable_sort(moved.fired.begin(), moved.fired.end(),
                   [](const Fired& a, const Fired& b) { return a.at < b.at; });
  if (moved.fired.size() > options_.limits.fired) {
    moved.fired.resize(options_.limits.fired);
    moved.more = true;
  }
  Moved now = standing(box);
  moved.now = now.now;
  moved.pending = std::move(now.pending);
  moved.more_pending = now.more_pending;
  const auto done = std::move(moving->done);
  const std::string name = box.name();  // whoever is told may drop it
  done(std::move(moved));
  if (Sandbox* still = find(name)) take_turn(*still);
}

}  // namespace emulator
