#include "emulator/sandbox/sandbox.h"

namespace emulator {
namespace {

// A sandbox with nothing in it, about, and one note beside its text.
constexpr std::size_t kOwn = 2u << 10;
constexpr std::size_t kNote = 200;

// About what a value takes of memory.
std::size_t json_bytes(const Json& value) {
  std::size_t sum = sizeof(Json);
  if (value.is_string()) sum += value.get_ref<const std::string&>().capacity();
  if (value.is_array())
    for (const Json& one : value) sum += json_bytes(one);
  if (value.is_object())
    for (const auto& [name, one] : value.items())
      sum += sizeof(std::string) + name.size() + json_bytes(one);
  return sum;
}

std::size_t note_bytes(const std::string& key, const Json& note) {
  return kNote + 2 * key.size() + json_bytes(note);
}

}  // namespace

Sandbox::Sandbox(std::string name, const WallClock& wall, Instant start, double speed)
    : clock(wall, start, speed), born(start), name_(std::move(name)) {}

void Sandbox::count_in(Memory* memory) {
  own_ = Charge(memory, Held::kSandboxes);
  own_.set(kOwn + 2 * name_.size());
  notes_ = Charge(memory, Held::kSandboxes);
  scenario_charge = Charge(memory, Held::kSandboxes);
  agenda.count_in(memory);
}

void Sandbox::charge(const Task& task) {
  Account& mine = account(task.provider);
  mine.spent += task.cost;
  const bool sure = task.fate.end == End::kSucceed || task.fate.end == End::kNsfw;
  if (!sure && task.cost > 0) mine.unsettled.add(task);
}

void Sandbox::unsettle(const Task& task) {
  Account& mine = account(task.provider);
  if (task.cost > 0) mine.unsettled.add(task);
  changed(task);
}

void Sandbox::forget(const Task& task) {
  const auto mine = accounts.find(task.provider);
  if (mine == accounts.end()) return;
  mine->second.unsettled.drop(task);
  mine->second.active.drop(task);
}

double Sandbox::spent(std::uint16_t provider, Instant now) {
  Account& mine = account(provider);
  mine.unsettled.take_ended(now, [&](std::uint64_t serial) {
    const Task* task = tasks.at(serial);
    if (task == nullptr) return;
    if (!state_at(*task, now).made()) mine.spent -= task->cost;
    changed(*task);
  });
  return mine.spent;
}

std::size_t Sandbox::active(std::uint16_t provider, std::string_view endpoint, Instant now) {
  Unfinished& active = account(provider).active;
  active.take_ended(now, [](std::uint64_t) {});
  return endpoint.empty() ? active.size() : active.of(endpoint);
}

void Sandbox::put_note(std::uint16_t provider, const std::string& key, Json note) {
  Account& mine = account(provider);
  const auto known = mine.notes.find(key);
  if (known != mine.notes.end()) notes_.sub(note_bytes(known->first, known->second));
  notes_.add(note_bytes(key, note));
  if (mine.notes.insert_or_assign(key, std::move(note)).second) mine.note_order.push_back(key);
  while (mine.notes.size() > max_notes && !mine.note_order.empty()) {
    const auto oldest = mine.notes.find(mine.note_order.front());
    notes_.sub(note_bytes(oldest->first, oldest->second));
    mine.notes.erase(oldest);
    if (scribe != nullptr) scribe->note_changed(*this, provider, mine.note_order.front());
    mine.note_order.pop_front();
  }
  if (scribe != nullptr) scribe->note_changed(*this, provider, key);
}

void Sandbox::clear_notes() {
  for (auto& [provider, mine] : accounts) {
    mine.notes.clear();
    mine.note_order.clear();
  }
  notes_.set(0);
  if (scribe != nullptr) scribe->notes_cleared(*this);
}

const Json* Sandbox::find_note(std::uint16_t provider, std::string_view key) const {
  const auto mine = accounts.find(provider);
  if (mine == accounts.end()) return nullptr;
  const auto found = mine->second.notes.find(key);
  return found == mine->second.notes.end() ? nullptr : &found->second;
}

bool Sandbox::drop_note(std::uint16_t provider, std::string_view key) {
  Account& mine = account(provider);
  const auto found = mine.notes.find(key);
  if (found == mine.notes.end()) return false;
  notes_.sub(note_bytes(found->first, found->second));
  mine.note_order.remove(found->first);
  if (scribe != nullptr) scribe->note_changed(*this, provider, found->first);
  mine.notes.erase(found);
  return true;
}

}  // namespace emulator
