// A sandbox as it was.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/state/bytes.h"
#include "emulator/state/keeper.h"
#include "emulator/state/kept.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

// What a scenario takes for each byte of its text, about.
constexpr std::size_t kReadScenario = 8;

// What its accounts have spent, and the tasks that count for them: those whose price is not
// settled, and those that are not over. Once the tasks are there.
void put_back_accounts(Sandbox& box, const Recalled& recalled) {
  for (const auto& [provider, value] : recalled.core.accounts) {
    Account& account = box.account(provider);
    account.spent = value.spent;
    account.places = {value.places.begin(), value.places.end()};
    account.place_limit = value.place_limit;
    account.last_start = value.last_start;
    account.window_began = value.window_began;
    account.window_count = value.window_count;
  }
  const Instant now = box.now();
  for (const std::uint64_t serial : recalled.unsettled) {
    const Task& task = *box.tasks.at(serial);
    box.account(task.provider).unsettled.add(task);
  }
  for (const std::uint64_t serial : recalled.active) {
    const Task& task = *box.tasks.at(serial);
    if (!state_at(task, now).done()) box.account(task.provider).active.add(task);
  }
}

}  // namespace

// A name that is kept and was not brought back before is read at once: rather the loop waits than
// that a sandbox begins anew beside its past.
void Keeper::made(Sandbox& box) {
  auto kept = std::make_unique<Kept>();
  Kept& mine = *kept;
  box.scribbled = std::move(kept);
  const auto stored = stored_.find(box.name());
  if (stored == stored_.end()) {
    mine.id = ++last_id_;
    return;
  }
  std::shared_ptr<Recalled> recalled = arriving_;
  if (!recalled || recalled->about.id != stored->second.id)
    recalled = recall(*parts_.engine.reading(), stored->second);
  if (!recalled->problem.empty()) throw StateFault(recalled->problem);
  figures_.tasks_not_read -= stored->second.tasks;
  stored_names_.erase(stored->second.id);
  stored_.erase(stored);
  put_back(box, mine, *recalled);
}

void Keeper::put_back(Sandbox& box, Kept& kept, Recalled& recalled) {
  Core& core = recalled.core;
  kept.id = recalled.about.id;
  kept.fresh = false;
  box.clock = VirtualClock(world_->sandboxes.wall(), core.clock);
  box.born = core.born;
  box.skips = core.skips;
  box.moves = std::move(core.moves);
  box.seed = core.seed;
  if (auto scenario = scenario_again(core.scenario, recalled.scenario)) {
    box.scenario = std::move(scenario);
    box.own_scenario = core.own_scenario;
    if (core.own_scenario) box.scenario_charge.set(kReadScenario * box.scenario->text.size());
    box.counters = std::move(core.counters);
  } else {
    parts_.tell("state: the scenario of sandbox " + box.name() +
                " cannot be read any more; it goes by " + box.scenario->name + "\n");
  }
  box.journal.go_on_from(core.exchanges);
  world_->sandboxes.put_back(box, core.first_task, std::move(recalled.tasks));
  put_back_accounts(box, recalled);
  for (Recalled::Note& note : recalled.notes) {
    kept.note_places[{note.provider, note.key}] = note.note.place;
    kept.last_note = std::max(kept.last_note, note.note.place);
    box.put_note(note.provider, note.key, std::move(note.note.value));
  }
  for (Recalled::Upload& upload : recalled.uploads)
    world_->uploads.put_back(upload.provider, upload.path, std::move(upload.about),
                             std::move(upload.bytes));
  kept.first_task = core.first_task;
  kept.scenario = box.scenario;
  kept.scenario_key = core.scenario;
  scenarios_.insert(core.scenario);

  // From here on it may change: what is due is planned.
  box.scribe = this;
  world_->courier.go_on_from(box, core.last_webhook);
  pack_core(box, core.last_webhook, kept.core);
  for (WebhookValue& value : recalled.webhooks) {
    webhook::Delivery& delivery = *value.delivery;
    const Task* const task = box.tasks.at(delivery.serial);
    delivery.box = box.name();
    delivery.ask = task != nullptr ? task->webhook : nullptr;
    delivery.voice = world_->voice(delivery.provider, value.voice);
    if (!delivery.ask || !delivery.voice) {
      webhook_changed(box, delivery.number);  // its task is gone: nothing is left to tell of
      continue;
    }
    world_->courier.put_back(box, value.delivery);
  }
}

std::shared_ptr<const scenario::Scenario> Keeper::scenario_again(std::uint64_t key,
                                                                 const std::string& packed) {
  if (auto known = scenarios_again_[key].lock()) return known;
  Unpacker from(packed);
  std::string name(from.text()), file(from.text()), text(from.text());
  if (!from.whole_and_good()) return nullptr;
  std::shared_ptr<const scenario::Scenario> out;
  const auto usual = world_->sandboxes.default_scenario();
  if (scenario_key(*usual) == key) {
    out = usual;
  } else if (world_->library.text(name) == text) {
    if (auto built_in = world_->library.find(name)) out = *built_in;
  }
  if (!out) {
    // It was checked when it came, and only a file of the user's was let name files.
    auto loaded =
        scenario::load(file, text, world_->library.vocabulary(), scenario::Files::kAllowed);
    if (!loaded) return nullptr;
    out = loaded->scenario;
  }
  scenarios_again_[key] = out;
  if (out != usual && !std::exchange(told_of_scenarios_, true))
    parts_.tell(
        "state: sandboxes that are kept go on with the scenario and seed they have, such as " +
        out->name + "; reset one to begin with those of the command line\n");
  return out;
}

}  // namespace emulator::state
