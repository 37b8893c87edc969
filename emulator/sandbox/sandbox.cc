#include "emulator/sandbox/sandbox.h"

namespace emulator {

Sandbox::Sandbox(std::string name, const WallClock& wall, Instant start, double speed)
    : clock(wall, start, speed), born(start), name_(std::move(name)) {}

Draw Sandbox::next_draw(std::string_view purpose) {
  auto found = draws.find(purpose);
  if (found == draws.end()) found = draws.emplace(purpose, 0).first;
  return draw(purpose, ++found->second);
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
    if (task != nullptr && !state_at(*task, now).made()) mine.spent -= task->cost;
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
  if (mine.notes.insert_or_assign(key, std::move(note)).second) mine.note_order.push_back(key);
  while (mine.notes.size() > max_notes && !mine.note_order.empty()) {
    mine.notes.erase(mine.note_order.front());
    mine.note_order.pop_front();
  }
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
  mine.note_order.remove(found->first);
  mine.notes.erase(found);
  return true;
}

}  // namespace emulator
