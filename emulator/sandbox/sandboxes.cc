// All sandboxes, and what is found across them: tasks by id and pictures by path, in indexes that
// hold where something is and never own it. Whatever leaves goes in an order: it is taken out of
// the indexes at once, so that nobody finds it, and freed in slices afterwards. How clocks move is
// moves.cc, how they go to what clients wait for skip.cc, who goes when room is needed room.cc.
#include "emulator/sandbox/sandboxes.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

// What a scenario takes for each byte of its text, about.
constexpr std::size_t kReadScenario = 8;

// About what a task takes of memory: with its places in the indexes and in an account.
std::size_t size_of(const Task& task) {
  std::size_t sum = sizeof(Task) + 160 + task.id.capacity() + task.endpoint.capacity() +
                    task.prompt.capacity() + task.packed_input.capacity() +
                    std::size_t{80} * task.plan.count;
  if (task.note) sum += task.note->size();
  if (task.webhook)
    sum += sizeof(WebhookAsk) + task.webhook->url.size() + task.webhook->secret.size();
  return sum;
}

// The scenario that a name `emu.<scenario>.<anything>` asks for; "" for any other name.
std::string_view scenario_in(std::string_view name) {
  if (!name.starts_with("emu.")) return {};
  name.remove_prefix(4);
  return name.substr(0, name.find('.'));
}

}  // namespace

Sandboxes::Sandboxes(Options options, const WallClock& wall, ScenarioLibrary& library, Loop& loop)
    : options_(std::move(options)), wall_(wall), library_(library), loop_(loop) {
  journals_.max_bytes = options_.limits.journals_bytes;
  journals_.memory = options_.memory;
  // Some more than need be, so that the next requests do not each have to look for one.
  journals_.make_room = [this] { trim_journals(journals_.max_bytes - journals_.max_bytes / 16); };
}

Sandboxes::~Sandboxes() = default;

void Sandboxes::start_clock(Sandbox& box) {
  const ClockStart& start = options_.clock;
  box.clock = VirtualClock(wall_, start.manual ? start.at : wall_.now(), start.manual ? 0 : 1);
  box.born = box.clock.now();
  box.moves.clear();
  box.skips = start.skips;
}

Sandbox& Sandboxes::named(std::string_view name) {
  if (Sandbox* known = find(name)) {
    if (known->place != by_age_.begin()) by_age_.splice(by_age_.begin(), by_age_, known->place);
    known->used = wall_.now();
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
  box.count_in(options_.memory);
  start_clock(box);
  box.used = wall_.now();
  box.seed = hash_of(name, options_.seed);
  if (options_.ends_moved)
    box.ends_moved = [this, &box](const Task& task, bool others) {
      options_.ends_moved(box, task, others);
    };
  box.max_notes = options_.limits.notes;
  box.journal.count_towards(journals_);
  box.journal.limit(options_.limits.journal_entries, options_.limits.journal_bytes);
  box.feed.pass_on(everywhere_, box);
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
  if (options_.scribe != nullptr) options_.scribe->made(box);
  box.scribe = options_.scribe;
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
  if (options_.closing) options_.closing(box);
  box.feed.tell({Happening::Kind::kGone, box.now(), nullptr, box.name(), ""});
  let_go(box);
  if (box.scribe != nullptr) box.scribe->gone(box);
  box.scribe = nullptr;
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
    if (box->scribe != nullptr) box->scribe->touched(*box);
    box->feed.tell({Happening::Kind::kScenario, box->now(), nullptr, "", default_->name});
  }
}

void Sandboxes::set_scenario(Sandbox& box, std::shared_ptr<const scenario::Scenario> scenario) {
  box.scenario = std::move(scenario);
  box.scenario_charge.set(kReadScenario * box.scenario->text.size());
  box.own_scenario = true;
  box.counters = {};
  box.feed.tell({Happening::Kind::kScenario, box.now(), nullptr, "", box.scenario->name});
}

void Sandboxes::reset(Sandbox& box, const Reset& what) {
  if (what.tasks || what.journal) {
    if (options_.closing) options_.closing(box);
  }
  if (what.tasks) {
    let_go(box);
    clear_tasks(box);
    for (auto& [provider, account] : box.accounts) {
      account.unsettled.clear();
      account.active.clear();
      account.places.clear();
      account.last_start = Instant{};
      account.window_count = 0;
    }
    box.clear_notes();
  }
  if (what.journal) box.journal.clear();
  if (what.counters) box.counters = {};
  if (what.clock) start_clock(box);
  if (what.scenario) {
    const std::string_view wanted = scenario_in(box.name());
    auto found = wanted.empty()
                     ? Result<std::shared_ptr<const scenario::Scenario>, std::string>(default_)
                     : library_.find(wanted);
    box.scenario_charge.set(0);
    box.own_scenario = !wanted.empty() && found;
    box.scenario = found ? *found : default_;
    box.counters = {};
  }
  if (what.credits)
    for (auto& [provider, account] : box.accounts) account.spent = 0;
  if (box.scribe != nullptr) box.scribe->touched(box);
  clock_changed(box);
}

Task& Sandboxes::accept(Sandbox& box, Task task) {
  make_room_for_task();
  Task& kept = box.tasks.add(std::move(task));
  index(box, kept);
  box.changed(kept);
  return kept;
}

// Makes a task of the sandbox known by its id, and counts it.
void Sandboxes::index(Sandbox& box, Task& kept) {
  ++tasks_;
  kept.counted = size_of(kept);
  box.task_bytes += kept.counted;
  if (options_.memory != nullptr) options_.memory->change(Held::kTasks, kept.counted);
  if (by_id_.size() <= kept.provider) by_id_.resize(kept.provider + 1u);
  auto& ids = by_id_[kept.provider];
  const std::uint64_t hash = hash_of(kept.id);
  // An id that was taken before means the new task from now on.
  ids.erase(hash, [&kept](const Place& place) { return place.task->id == kept.id; });
  ids.insert(hash, {box.tenure.get(), &kept});
}

void Sandboxes::put_back(Sandbox& box, std::uint64_t first, LongQueue<Task> tasks) {
  box.tasks.put_back(first, std::move(tasks));
  for (Task& task : box.tasks.all()) {
    task.serial = first++;
    index(box, task);
    int at = 0;
    for (const std::uint64_t key : task.links) know_key(box, task, at++, key);
  }
}

const Sandboxes::Place* Sandboxes::place_of(std::uint16_t provider, std::string_view id) const {
  if (provider >= by_id_.size()) return nullptr;
  const Place* found =
      by_id_[provider].find(hash_of(id), [id](const Place& place) { return place.task->id == id; });
  return found != nullptr && found->tenure->box != nullptr ? found : nullptr;
}

Sandboxes::Found Sandboxes::find_task(std::uint16_t provider, std::string_view id) {
  const Place* const found = place_of(provider, id);
  return found == nullptr ? Found{} : Found{found->tenure->box, found->task, 0};
}

Sandboxes::Seen Sandboxes::find_task(std::uint16_t provider, std::string_view id) const {
  const Place* const found = place_of(provider, id);
  return found == nullptr ? Seen{} : Seen{found->tenure->box, found->task};
}

std::uint64_t Sandboxes::know_picture(Sandbox& box, const Task& task, int index,
                                      std::string_view path) {
  const std::uint64_t key = media_key(task.provider, path);
  know_key(box, task, index, key);
  return key;
}

void Sandboxes::know_key(Sandbox& box, const Task& task, int index, std::uint64_t key) {
  if (by_path_.size() <= task.provider) by_path_.resize(task.provider + 1u);
  auto& paths = by_path_[task.provider];
  const Ref ref{key, box.tenure.get(), task.serial, index};
  if (Ref* found = paths.find(key, [key](const Ref& known) { return known.key == key; }))
    *found = ref;
  else
    paths.insert(key, ref);
}

Sandboxes::Found Sandboxes::find_picture(std::uint16_t provider, std::string_view path) {
  if (provider >= by_path_.size()) return {};
  const std::uint64_t key = media_key(provider, path);
  const Ref* ref =
      by_path_[provider].find(key, [key](const Ref& known) { return known.key == key; });
  if (ref == nullptr || ref->tenure->box == nullptr) return {};
  Sandbox* box = ref->tenure->box;
  return {box, box->tasks.at(ref->serial), ref->index};
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
  if (const auto wait = next ? box.clock.wall_time_until(*next) : std::nullopt;
      wait && !box.moving) {
    box.armed = wall_.now() + *wait;
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
  timer_ = loop_.after(std::max(next - wall_.now(), Duration::zero()), [this] { tick(); });
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
    fault_ = loop_.after(Duration::zero(),
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

}  // namespace emulator
