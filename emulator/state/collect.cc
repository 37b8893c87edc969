// What has changed of a sandbox, as rows. All of it goes into one batch, so that what is read back
// was once true together.
#include <algorithm>
#include <utility>

#include "emulator/sandbox/spill_folder.h"
#include "emulator/state/bytes.h"
#include "emulator/state/keeper.h"
#include "emulator/state/kept.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

// After so many scenarios that were put, those nobody has are let go.
constexpr std::size_t kScenariosBetween = 64;

Write& add(Batch& batch, Write::What what, Shelf shelf, std::uint32_t box, std::uint64_t number) {
  Write& out = batch.emplace_back();
  out.what = what;
  out.shelf = shelf;
  out.box = box;
  out.number = number;
  return out;
}

constexpr auto kPut = Write::What::kPut;
constexpr auto kDrop = Write::What::kDrop;

}  // namespace

void Keeper::collect(Sandbox& box, Kept& kept, Batch& batch) {
  collect_scenario(box, kept, batch);
  Write& row = add(batch, kPut, Shelf::kSandbox, kept.id, 0);
  const std::uint64_t last_webhook = world_->courier.last(box.name());
  const std::size_t end = pack_core(box, last_webhook, row.value);
  kept.core.assign(row.value, 0, end);
  pack_uncounted(box, kept.scenario_key, row.value);
  row.name = box.name();
  row.used = box.used;
  row.tasks = box.tasks.size();
  row.scenario = kept.scenario_key;
  row.due = world_->courier.has_unfinished(box.name());
  row.fresh = kept.fresh;
  collect_tasks(box, kept, batch);
  collect_notes(box, kept, batch);
  collect_webhooks(box, kept, batch);
  collect_uploads(kept, batch);
  kept.fresh = false;
}

void Keeper::collect_scenario(Sandbox& box, Kept& kept, Batch& batch) {
  const bool another = box.scenario != kept.scenario;
  if (another) {
    kept.scenario = box.scenario;
    kept.scenario_key = state::scenario_key(*box.scenario);
  }
  // Where others keep theirs as well, they let scenarios go that no sandbox has: one is surely
  // written only while a sandbox has it.
  const bool written = !scenarios_.insert(kept.scenario_key).second;
  if (parts_.engine.shared() ? !another : written) return;
  Write& row = add(batch, kPut, Shelf::kScenario, 0, kept.scenario_key);
  Packer to(row.value);
  to.text(box.scenario->name);
  to.text(box.scenario->file);
  to.text(box.scenario->text);
  if (++scenarios_put_ % kScenariosBetween != 0) return;
  add(batch, Write::What::kDropAll, Shelf::kScenario, 0, 0);
  scenarios_.clear();  // any of them may be gone
}

void Keeper::collect_tasks(Sandbox& box, Kept& kept, Batch& batch) {
  const std::uint64_t first = box.tasks.first_serial();
  if (std::exchange(kept.all_tasks, false)) {
    if (!kept.fresh) add(batch, Write::What::kDropAll, Shelf::kTask, kept.id, first);
  } else if (first > kept.first_task) {
    add(batch, Write::What::kDropBelow, Shelf::kTask, kept.id, first);
  }
  kept.first_task = first;
  for (const std::uint64_t serial : std::exchange(kept.tasks, {})) {
    const Task* const task = box.tasks.at(serial);
    if (task == nullptr) continue;
    const auto account = box.accounts.find(task->provider);
    const bool known = account != box.accounts.end();
    const bool whole = task->packed_input.empty() || task->packed_input.front() == '{';
    Write& row = add(batch, kPut, Shelf::kTask, kept.id, serial);
    pack_task(*task, whole ? task->packed_input : world_->whole_input(*task),
              known && account->second.unsettled.has(serial),
              known && account->second.active.has(serial), row.value);
    if (!parts_.engine.shared()) continue;
    std::vector<std::uint64_t> keys;
    task_keys(row.value, [&](std::uint64_t key) { keys.push_back(key); });
    row.keys = packed_keys(keys);
  }
}

void Keeper::collect_notes(Sandbox& box, Kept& kept, Batch& batch) {
  if (std::exchange(kept.all_notes, false) && !kept.fresh)
    add(batch, Write::What::kDropAll, Shelf::kNote, kept.id, 0);
  for (const auto& mark : std::exchange(kept.notes, {})) {
    const auto& [provider, key] = mark;
    const Json* const note = box.find_note(provider, key);
    Write& row = add(batch, note != nullptr ? kPut : kDrop, Shelf::kNote, kept.id, provider);
    row.name = key;
    if (note == nullptr) {
      kept.note_places.erase(mark);
      continue;
    }
    const auto [place, fresh] = kept.note_places.try_emplace(mark, kept.last_note + 1);
    if (fresh) ++kept.last_note;
    pack_note(place->second, *note, row.value);
  }
}

void Keeper::collect_webhooks(Sandbox& box, Kept& kept, Batch& batch) {
  if (std::exchange(kept.all_webhooks, false) && !kept.fresh)
    add(batch, Write::What::kDropAll, Shelf::kWebhook, kept.id, 0);
  for (const std::uint64_t number : std::exchange(kept.webhooks, {})) {
    const webhook::Delivery* const delivery = world_->courier.unfinished(box.name(), number);
    Write& row = add(batch, delivery != nullptr ? kPut : kDrop, Shelf::kWebhook, kept.id, number);
    if (delivery != nullptr) pack_webhook(*delivery, row.value);
  }
}

void Keeper::collect_uploads(Kept& kept, Batch& batch) {
  for (const auto& [provider, path] : std::exchange(kept.uploads, {})) {
    const Uploads::File* const about = world_->uploads.find(provider, path);
    Write& row = add(batch, about != nullptr ? kPut : kDrop, Shelf::kUpload, kept.id, provider);
    row.name = path;
    if (about == nullptr) continue;
    pack_upload(*about, row.value);
    if (parts_.engine.shared()) row.keys = packed_keys({upload_key(provider, path)});
    try {
      row.bytes = world_->uploads.read(provider, path).value_or("");
    } catch (const StorageFault& fault) {  // nobody will read it again here either
      parts_.tell("state: an upload is not kept: " + std::string(fault.what()) + "\n");
      batch.pop_back();
    }
  }
}

void Keeper::collect_dropped(Batch& batch) {
  for (auto& [id, name] : std::exchange(dropped_, {}))
    add(batch, kDrop, Shelf::kSandbox, id, 0).name = std::move(name);
}

void Keeper::collect_letters(Batch& batch) {
  for (const std::uint64_t number : std::exchange(letters_, {})) {
    const webhook::Letter* const letter = world_->inbox.find(number);
    Write& row = add(batch, letter != nullptr ? kPut : kDrop, Shelf::kLetter, 0, number);
    if (letter != nullptr) pack_letter(*letter, row.value);
  }
}

}  // namespace emulator::state
