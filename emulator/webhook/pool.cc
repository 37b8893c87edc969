#include "emulator/webhook/pool.h"

#include <memory>
#include <utility>

namespace emulator::webhook {

void Pool::enter(const std::string& group, std::function<void()> job) {
  groups_[group].waiting.push_back(std::move(job));
  let_in();
}

void Pool::left(const std::string& group) {
  const auto found = groups_.find(group);
  if (found == groups_.end() || found->second.running == 0) return;
  --running_;
  if (--found->second.running == 0 && found->second.waiting.empty()) groups_.erase(found);
  let_in();
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
    Group& group = next->second;
    if (group.waiting.empty() || group.running >= limits_.of_one_group) {
      ++passed;
      continue;
    }
    passed = 0;
    const auto job = std::move(group.waiting.front());
    group.waiting.pop_front();
    ++group.running;
    ++running_;
    job();
  }
}

}  // namespace emulator::webhook
