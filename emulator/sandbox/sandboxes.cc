#include "emulator/sandbox/sandboxes.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "emulator/base/text.h"

namespace emulator {
namespace {

std::uint64_t media_key(std::uint16_t provider, std::string_view path) {
  return hash_of(path, provider + 1u);
}

// How long things that are due are fired before whoever else waits for the loop has a turn, by the
// wall: ten thousand webhooks of one sandbox must not hold up the polls of another.
constexpr Duration kSlice = std::chrono::microseconds(50);
// Every answer about a clock lists what is to come; the first of it says enough.
constexpr std::size_t kPendingListed = 1'000;

// The scenario that a name `emu.<scenario>.<anything>` asks for; "" for any other name.
std::string_view scenario_in(std::string_view name) {
  if (!name.starts_with("emu.")) return {};
  name.remove_prefix(4);
  return name.substr(0, name.find('.'));
}

}  // namespace

struct Sandboxes::Move {
  Sandbox* box;
  Instant from, target;
  Moved moved;
  std::function<void(Moved)> done;
  Instant at{};          // what is being fired
  std::size_t open = 0;  // actions that have begun and not finished
  std::shared_ptr<void> turn;
};

Sandboxes::Sandboxes(Options options, const WallClock& wall, ScenarioLibrary& library, After after)
    : options_(std::move(options)), wall_(wall), library_(library), after_(std::move(after)) {
  journals_.max_bytes = options_.limits.journals_bytes;
  journals_.make_room = [this] { make_room_in_journals(); };
}

Sandboxes::~Sandboxes() = default;

void Sandboxes::start_clock(Sandbox& box) {
  const ClockStart& start = options_.clock;
  box.clock = VirtualClock(wall_, start.manual ? start.at : wall_.now(), start.manual ? 0 : 1);
  box.born = box.clock.now();
  box.skips = start.skips;
}

Sandbox& Sandboxes::named(std::string_view name) {
  if (Sandbox* known = find(name)) {
    if (known->place != by_age_.begin()) by_age_.splice(by_age_.begin(), by_age_, known->place);
    return *known;
  }
  while (by_name_.size() >= options_.limits.sandboxes && !by_age_.empty()) {
    // The oldest that is not in the middle of something.
    auto oldest = std::prev(by_age_.end());
    while (oldest != by_age_.begin() && ((*oldest)->moving || !(*oldest)->agenda.empty())) --oldest;
    if ((*oldest)->moving) break;
    drop(**oldest);
  }
  auto made = std::make_unique<Sandbox>(std::string(name), wall_, wall_.now(), 1.0);
  Sandbox& box = *made;
  start_clock(box);
  box.seed = hash_of(name, options_.seed);
  if (options_.ends_moved)
    box.ends_moved = [this, &box](const Task& task, bool others) {
      options_.ends_moved(box, task, others);
    };
  box.max_notes = options_.limits.notes;
  box.journal.count_towards(journals_);
  box.journal.limit(options_.limits.journal_entries, options_.limits.journal_bytes);
  box.scenario = default_;
  if (const std::string_view wanted = scenario_in(name); !wanted.empty()) {
    if (auto found = library_.find(wanted)) {
      box.scenario = *found;
      box.own_scenario = true;
    }
  }
  by_name_.emplace(std::string(name), std::move(made));
  by_age_.push_front(&box);
  box.place = by_age_.begin();
  return box;
}

Sandbox* Sandboxes::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second.get();
}

bool Sandboxes::drop(std::string_view name) {
  Sandbox* box = find(name);
  if (box == nullptr || box->moving) return false;
  drop(*box);
  return true;
}

void Sandboxes::drop(Sandbox& box) {
  box.feed.tell({Happening::Kind::kGone, box.now(), nullptr, box.name(), ""});
  let_go(box);
  clear_tasks(box);
  if (box.armed != Instant{}) due_.erase({box.armed, &box});
  by_age_.erase(box.place);
  by_name_.erase(by_name_.find(box.name()));
}

// Whoever still waits for something on the agenda gets it now rather than never.
void Sandboxes::let_go(Sandbox& box) {
  stop_skipping(box);
  std::vector<Agenda::Item> items;
  while (auto next = box.agenda.pop(Instant::max())) items.push_back(std::move(next->second));
  for (Agenda::Item& item : items)
    if (item.kind != "webhook") perform(item, [] {});
}

void Sandboxes::set_default(std::shared_ptr<const scenario::Scenario> scenario) {
  default_ = std::move(scenario);
  for (Sandbox* box : by_age_) {
    if (box->own_scenario) continue;
    box->scenario = default_;
    box->counters = {};
    box->feed.tell({Happening::Kind::kScenario, box->now(), nullptr, "", default_->name});
  }
}

void Sandboxes::set_scenario(Sandbox& box, std::shared_ptr<const scenario::Scenario> scenario) {
  box.scenario = std::move(scenario);
  box.own_scenario = true;
  box.counters = {};
  box.feed.tell({Happening::Kind::kScenario, box.now(), nullptr, "", box.scenario->name});
}

void Sandboxes::reset(Sandbox& box, const Reset& what) {
  if (what.tasks) {
    let_go(box);
    clear_tasks(box);
    for (auto& [provider, account] : box.accounts) {
      account.unsettled.clear();
      account.active.clear();
      account.places.clear();
      account.last_start = Instant{};
      account.window_count = 0;
      account.notes.clear();
      account.note_order.clear();
    }
    box.draws.clear();
  }
  if (what.journal) box.journal.clear();
  if (what.counters) box.counters = {};
  if (what.clock) start_clock(box);
  if (what.scenario) {
    const std::string_view wanted = scenario_in(box.name());
    auto found = wanted.empty()
                     ? Result<std::shared_ptr<const scenario::Scenario>, std::string>(default_)
                     : library_.find(wanted);
    box.own_scenario = !wanted.empty() && found;
    box.scenario = found ? *found : default_;
    box.counters = {};
  }
  if (what.credits)
    for (auto& [provider, account] : box.accounts) account.spent = 0;
  clock_changed(box);
}

Task& Sandboxes::accept(Sandbox& box, Task task) {
  make_room_for_task();
  Task& kept = box.tasks.add(std::move(task));
  ++tasks_;
  if (by_id_.size() <= kept.provider) by_id_.resize(kept.provider + 1u);
  auto& ids = by_id_[kept.provider];
  ids.erase(kept.id);  // so that the key kept is a view into this task, not into an older one
  ids.emplace(std::string_view(kept.id), Place{&box, &kept});
  return kept;
}

void Sandboxes::make_room_for_task() {
  while (tasks_ >= options_.limits.tasks) {
    const auto oldest = std::find_if(by_age_.rbegin(), by_age_.rend(),
                                     [](const Sandbox* box) { return box->tasks.size() > 0; });
    if (oldest == by_age_.rend()) return;
    (*oldest)->tasks.drop_oldest([this](Task& task) { forget(task); });
  }
}

// Those of sandboxes that were not used for the longest time go first, and some more than need be,
// so that the next requests do not each have to look for one.
void Sandboxes::make_room_in_journals() {
  const std::size_t goal = journals_.max_bytes - journals_.max_bytes / 16;
  for (auto box = by_age_.rbegin(); box != by_age_.rend() && journals_.bytes > goal; ++box)
    while (journals_.bytes > goal && (*box)->journal.drop_oldest()) continue;
}

void Sandboxes::forget(Task& task) {
  --tasks_;
  auto& ids = by_id_[task.provider];
  const auto found = ids.find(task.id);
  // Another sandbox may have taken the same id over meanwhile.
  if (found != ids.end() && found->first.data() == task.id.data()) ids.erase(found);
  if (task.provider < by_path_.size())
    for (const std::uint64_t key : task.links) by_path_[task.provider].erase(key);
}

void Sandboxes::clear_tasks(Sandbox& box) {
  if (options_.emptied) options_.emptied(box.name());
  box.tasks.clear([this](Task& task) { forget(task); });
}

Sandboxes::Found Sandboxes::find_task(std::uint16_t provider, std::string_view id) {
  if (provider >= by_id_.size()) return {};
  const auto found = by_id_[provider].find(id);
  if (found == by_id_[provider].end()) return {};
  return {found->second.box, found->second.task, 0};
}

std::uint64_t Sandboxes::know_picture(Sandbox& box, const Task& task, int index,
                                      std::string_view path) {
  if (by_path_.size() <= task.provider) by_path_.resize(task.provider + 1u);
  const std::uint64_t key = media_key(task.provider, path);
  by_path_[task.provider].insert_or_assign(key, Ref{&box, task.serial, index});
  return key;
}

Sandboxes::Found Sandboxes::find_picture(std::uint16_t provider, std::string_view path) {
  if (provider >= by_path_.size()) return {};
  const auto found = by_path_[provider].find(media_key(provider, path));
  if (found == by_path_[provider].end()) return {};
  const Ref& ref = found->second;
  return {ref.box, ref.box->tasks.at(ref.serial), ref.index};
}

Agenda::Ticket Sandboxes::put(Sandbox& box, Instant due, Agenda::Item item) {
  const bool awaited = item.awaited;
  const Agenda::Ticket ticket = box.agenda.put(due, std::move(item));
  arm(box);
  if (awaited && box.skips) skip_to(box, ticket);
  return ticket;
}

void Sandboxes::clock_changed(Sandbox& box) { arm(box); }

// Notes when, by the wall, the sandbox next has something due.
void Sandboxes::arm(Sandbox& box) {
  if (box.armed != Instant{}) due_.erase({box.armed, &box});
  box.armed = Instant{};
  const auto next = box.agenda.next();
  const Duration wait =
      next ? std::max(*next - box.clock.now(), Duration::zero()) : Duration::zero();
  if (next && !box.moving && (wait == Duration::zero() || !box.clock.frozen())) {
    box.armed = wall_.now();
    if (wait > Duration::zero())
      box.armed += Duration(
          static_cast<Duration::rep>(static_cast<double>(wait.count()) / box.clock.speed()));
    due_.emplace(box.armed, &box);
  }
  set_timer();
}

void Sandboxes::set_timer() {
  if (due_.empty()) {
    timer_.reset();
    return;
  }
  const Instant next = due_.begin()->first;
  if (timer_ && timer_at_ == next) return;
  timer_at_ = next;
  timer_ = after_(std::max(next - wall_.now(), Duration::zero()), [this] { tick(); });
}

// What an action throws is thrown again behind everything else, where faults are reported: neither
// the others that are due nor whoever moves a clock shall suffer for it.
void Sandboxes::perform(const Agenda::Item& item, std::function<void()> finished) {
  const auto left = std::make_shared<std::function<void()>>(std::move(finished));
  const auto once = [left] {
    if (const auto call = std::exchange(*left, nullptr)) call();
  };
  try {
    item.action(once);
  } catch (...) {
    fault_ = after_(Duration::zero(),
                    [fault = std::current_exception()] { std::rethrow_exception(fault); });
    once();
  }
}

// What is left when the slice is over is still due, so that the timer comes again at once.
void Sandboxes::tick() {
  timer_.reset();
  const Instant now = wall_.now();
  bool over = false;
  while (!over && !due_.empty() && due_.begin()->first <= now) {
    Sandbox& box = *due_.begin()->second;
    due_.erase(due_.begin());
    box.armed = Instant{};
    const std::string name = box.name();  // an action may drop the sandbox
    const Instant until = box.clock.now();
    for (Sandbox* still = find(name); still != nullptr && !over; still = find(name)) {
      auto next = still->agenda.pop(until);
      if (!next) break;
      perform(next->second, [] {});
      over = wall_.now() - now >= kSlice;
    }
    if (Sandbox* still = find(name)) arm(*still);
  }
  set_timer();
}

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

std::vector<Sandboxes::Fired> Sandboxes::ended_between(const Sandbox& box, Instant from,
                                                       Instant to) const {
  std::vector<Fired> out;
  for (const Task& task : box.tasks.all()) {
    const std::optional<Instant> end = due_end(task);
    if (!end) continue;
    if (*end > from && *end <= to) out.push_back({*end, "task", task.id});
    if (!state_at(task, *end).made() || task.fate.links_live_for <= Duration::zero()) continue;
    const Instant dead = *end + task.fate.links_live_for;
    if (dead > from && dead <= to) out.push_back({dead, "link", task.id});
  }
  return out;
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
    moving->turn = after_(Duration::zero(), [this, moving] {
      moving->turn.reset();
      if (fire(moving) && --moving->open == 0) step(moving);
    });
    return false;
  }
  return true;
}

// Fires everything due at the next instant, waits until it has finished, goes on to the next.
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
  box.moving = box.skip_moving = false;
  arm(box);

  // Looked up only now: tasks may have come, and been cancelled, on the way.
  Moved& moved = moving->moved;
  std::vector<Fired> ended = ended_between(box, moving->from, moving->target);
  moved.fired.insert(moved.fired.begin(), std::make_move_iterator(ended.begin()),
                     std::make_move_iterator(ended.end()));
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
