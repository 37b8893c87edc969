#include "emulator/webhook/pool.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace emulator::webhook {
namespace {

constexpr std::size_t kLast = 8;  // one in so many places is among the last

}  // namespace

void Pool::enter(const std::string& group, std::function<void()> job, bool urgent) {
  groups_[group].waiting.push_back({std::move(job), urgent});
  let_in();
}

void Pool::left(const std::string& name, std::optional<Duration> took) {
  const auto found = groups_.find(name);
  if (found == groups_.end() || found->second.running == 0) return;
  Group& group = found->second;
  if (took) {
    // With all places taken one begins every `took / of_one_group`; twice as often never slows it.
    group.apart =
        std::min(*took / static_cast<Duration::rep>(2 * limits_.of_one_group), kMostApart);
  } else {
    group.rested = {};
    group.pause.reset();
  }
  --running_;
  if (--group.running == 0 && group.waiting.empty()) groups_.erase(found);
  let_in();
}

void Pool::clear() {
  for (auto& [name, group] : groups_) group.waiting.clear();
}

bool Pool::may_begin(const std::string& name, Group& group) {
  if (group.waiting.empty() || group.running >= limits_.of_one_group) return false;
  // Of the last places nobody has more than are left of them: whoever comes finds one.
  const std::size_t left_over = limits_.at_once - running_;
  if (left_over <= limits_.at_once / kLast && group.running >= left_over) return false;
  if (group.waiting.front().urgent) return true;
  if (group.pause) return false;
  const Duration left = group.rested - wall_.now();
  if (left <= Duration::zero()) return true;
  group.pause = after_(left, [this, name] {
    if (const auto found = groups_.find(name); found != groups_.end()) {
      found->second.pause.reset();
      found->second.rested = {};
    }
    let_in();
  });
  return false;
}

void Pool::begin(Group& group) {
  const Job job = std::move(group.waiting.front());
  group.waiting.pop_front();
  ++group.running;
  ++running_;
  if (!job.urgent) group.rested = wall_.now() + group.apart;
  job.call();
}

void Pool::let_in() {
  if (letting_in_) return;  // a job that leaves at once: the loop below goes on
  letting_in_ = true;
  const std::unique_ptr<bool, void (*)(bool*)> over(&letting_in_,
                                                    [](bool* flag) { *flag = false; });
  for (std::size_t passed = 0; running_ < limits_.at_once && passed <= groups_.size();) {
    if (groups_.empty()) break;
    auto next = groups_.upper_bound(turn_);
    if (next == groups_.end()) next = groups_.begin();
    turn_ = next->first;
    if (!may_begin(next->first, next->second)) {
      ++passed;
      continue;
    }
    passed = 0;
    begin(next->second);
  }
}

}  // namespace emulator::webhook
