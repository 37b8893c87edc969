#include "emulator/sandbox/unfinished.h"

#include <algorithm>

namespace emulator {
namespace {

// A task shows as it was accepted at any time before, so it cannot end before that.
Instant end_shown(const Task& task) {
  const auto end = due_end(task);
  return end ? std::max(*end, task.accepted) : Instant::max();
}

}  // namespace

void Unfinished::add(const Task& task) {
  const auto [known, fresh] = known_.try_emplace(task.serial);
  if (!fresh) return moved(task);
  auto endpoint = endpoints_.find(task.endpoint);
  if (endpoint == endpoints_.end()) endpoint = endpoints_.emplace(task.endpoint, 0).first;
  ++endpoint->second;
  known->second = {end_shown(task), endpoint};
  by_end_.emplace(known->second.end, task.serial);
}

void Unfinished::moved(const Task& task) {
  const auto known = known_.find(task.serial);
  if (known == known_.end()) return;
  const Instant end = end_shown(task);
  if (end == known->second.end) return;
  by_end_.erase({known->second.end, task.serial});
  known->second.end = end;
  by_end_.emplace(end, task.serial);
}

void Unfinished::drop(const Task& task) {
  if (const auto known = known_.find(task.serial); known != known_.end()) forget(known);
}

void Unfinished::clear() {
  known_.clear();
  by_end_.clear();
  endpoints_.clear();
}

void Unfinished::forget(Knowns::iterator known) {
  by_end_.erase({known->second.end, known->first});
  const auto endpoint = known->second.endpoint;
  if (--endpoint->second == 0) endpoints_.erase(endpoint);
  known_.erase(known);
}

void Unfinished::take_ended(Instant now, const std::function<void(std::uint64_t serial)>& ended) {
  while (!by_end_.empty()) {
    const auto [end, serial] = *by_end_.begin();
    if (end > now || end == Instant::max()) return;
    ++looked_at_;
    forget(known_.find(serial));
    ended(serial);
  }
}

std::size_t Unfinished::of(std::string_view endpoint) const {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? 0 : found->second;
}

}  // namespace emulator
