// What a keeper does when others keep theirs with the same engine: sandboxes come from them, and
// go to them.
#include <algorithm>
#include <utility>

#include "emulator/state/keeper.h"
#include "emulator/state/kept.h"

namespace emulator::state {

void Keeper::adopt(StoredBox stored) {
  if (has(stored.name)) return;
  stored.id = ++last_id_;
  figures_.tasks_not_read += stored.tasks;
  stored_order_.push_back(stored.id);
  stored_names_.emplace(stored.id, stored.name);
  std::string name = stored.name;
  stored_.emplace(std::move(name), std::move(stored));
  if (!reader_) reader_ = std::make_unique<Worker>(parts_.loop);
}

bool Keeper::has(std::string_view name) const {
  return world_->sandboxes.find(name) != nullptr || stored_.find(name) != stored_.end();
}

std::vector<std::string> Keeper::names() const {
  std::vector<std::string> out;
  for (const auto& [name, box] : stored_) out.push_back(name);
  for (const Sandbox* const box : world_->sandboxes.all()) out.push_back(box->name());
  return out;
}

bool Keeper::lose(std::string_view name) {
  if (const auto stored = stored_.find(name); stored != stored_.end()) {
    figures_.tasks_not_read -= stored->second.tasks;
    stored_names_.erase(stored->second.id);
    stored_.erase(stored);
  }
  Sandbox* const box = world_->sandboxes.find(name);
  if (box == nullptr || box->scribe == nullptr) return false;
  Kept& kept = of(*box);
  const bool unwritten = kept.dirty || kept.batch > done_;
  kept.fresh = true;  // there is nothing of ours that could be dropped
  world_->sandboxes.drop(name);
  return unwritten;
}

void Keeper::lose_letters() {
  world_->inbox.forget();
  letters_.clear();
  letters_stored_ = true;
}

void Keeper::mark_all(Sandbox& box) {
  Kept& kept = of(box);
  kept.fresh = true;
  kept.scenario.reset();
  kept.core.clear();
  for (std::uint64_t serial = box.tasks.first_serial(); serial < box.tasks.next_serial(); ++serial)
    if (box.tasks.at(serial) != nullptr) kept.tasks.insert(serial);
  for (const auto& [provider, account] : box.accounts)
    for (const std::string& key : account.note_order) kept.notes.emplace(provider, key);
  for (const std::uint64_t number : world_->courier.unfinished(box.name()))
    kept.webhooks.insert(number);
  mark(box);
}

void Keeper::write_anew() {
  stale_ = batch_ != nullptr;
  scenarios_.clear();
  for (Sandbox* const box : world_->sandboxes.all())
    if (box->scribe != nullptr) mark_all(*box);
  world_->uploads.each(
      [this](std::uint16_t provider, std::string_view path, const std::string& sandbox) {
        upload_changed(provider, path, sandbox);
      });
  for (const webhook::Inbox::Box& inbox : world_->inbox.boxes())
    for (const webhook::Letter* const letter : world_->inbox.letters(inbox.name))
      letters_.insert(letter->number);
  flush_soon();
}

}  // namespace emulator::state
