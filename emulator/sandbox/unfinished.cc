#include "emulator/sandbox/unfinished.h"

#include <algorithm>

#include "emulator/base/random.h"

namespace emulator {
namespace {

// A task shows as it was accepted at any time before, so it cannot end before that.
Instant end_shown(const Task& task) {
  const auto end = due_end(task);
  return end ? std::max(*end, task.accepted) : Instant::max();
}

}  // namespace

Unfinished::Known* Unfinished::find(std::uint64_t serial) {
  return known_.find(mixed(serial),
                     [serial](const Known& known) { return known.serial == serial; });
}

void Unfinished::add(const Task& task) {
  if (find(task.serial) != nullptr) return moved(task);
  auto endpoint = endpoints_.find(task.endpoint);
  if (endpoint == endpoints_.end()) endpoint = endpoints_.emplace(task.endpoint, 0).first;
  ++endpoint->second;
  const Known known{task.serial, end_shown(task), endpoint};
  known_.insert(mixed(task.serial), known);
  by_end_.emplace(known.end, task.serial);
}

void Unfinished::moved(const Task& task) {
  Known* known = find(task.serial);
  if (known == nullptr) return;
  const Instant end = end_shown(task);
  if (end == known->end) return;
  by_end_.erase({known->end, task.serial});
  known->end = end;
  by_end_.emplace(end, task.serial);
}

void Unfinished::drop(const Task& task) {
  if (const Known* known = find(task.serial)) forget(*known);
}

void Unfinished::clear() {
  known_.clear();
  by_end_.clear();
  endpoints_.clear();
}

bool Unfinished::drop_first() {
  if (by_end_.empty()) return false;
  forget(*find(by_end_.begin()->second));
  return true;
}

void Unfinished::forget(const Known& known) {
  const std::uint64_t serial = known.serial;
  by_end_.erase({known.end, serial});
  if (--known.endpoint->second == 0) endpoints_.erase(known.endpoint);
  known_.erase(mixed(serial), [serial](const Known& one) { return one.serial == serial; });
}

void Unfinished::take_ended(Instant now, const std::function<void(std::uint64_t serial)>& ended) {
  while (!by_end_.empty()) {
    const auto [end, serial] = *by_end_.begin();
    if (end > now || end == Instant::max()) return;
    ++looked_at_;
    forget(*find(serial));
    ended(serial);
  }
}

std::size_t Unfinished::of(std::string_view endpoint) const {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? 0 : found->second;
}

}  // namespace emulator
