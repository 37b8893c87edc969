#include "emulator/webhook/dispatcher.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace emulator::webhook {
namespace {

constexpr std::size_t kLastPlaces = 8;  // one in so many places is among the last
// A rest that is shorter is a turn of the loop and no more, without the system calls of a timer.
constexpr Duration kShortest = std::chrono::microseconds(20);

}  // namespace

void Dispatcher::enter(const std::string& group, std::function<void(Place)> job, bool together) {
  groups_[group].waiting.push_back({std::move(job), together || ask_.hurried(group)});
  let_in();
}

void Dispatcher::left(const std::string& name, std::optional<Duration> took) {
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

void Dispatcher::clear() {
  for (auto& [name, group] : groups_) group.waiting.clear();
}

bool Dispatcher::may_begin(const std::string& name, Group& group) {
  if (group.waiting.empty() || group.running >= limits_.of_one_group) return false;
  // Of the last places nobody has more than are left of them: whoever comes finds one.
  const std::size_t left_over = limits_.at_once - running_;
  if (left_over <= limits_.at_once / kLastPlaces && group.running >= left_over) return false;
  if (group.waiting.front().together) return true;
  if (group.pause) return false;
  const Duration left = group.rested - wall_.now();
  if (left <= Duration::zero()) return true;
  group.pause = loop_.after(left, [this, name] {
    if (const auto found = groups_.find(name); found != groups_.end()) {
      found->second.pause.reset();
      found->second.rested = {};
    }
    let_in();
  });
  return false;
}

void Dispatcher::begin(const std::string& name, Group& group) {
  Entrant next = std::move(group.waiting.front());
  group.waiting.pop_front();
  ++group.running;
  ++running_;
  if (!next.together) group.rested = wall_.now() + group.apart;
  run(name, [this, name, job = std::move(next.job)] { job(Place(*this, name)); });
}

void Dispatcher::let_in() {
  if (letting_in_) return;  // a job that leaves at once: the loop below goes on
  letting_in_ = true;
  const std::unique_ptr<bool, void (*)(bool*)> over(&letting_in_,
                                                    [](bool* flag) { *flag = false; });
  for (std::size_t passed = 0; running_ < limits_.at_once && passed <= groups_.size();) {
    if (groups_.empty()) break;
    auto next = groups_.upper_bound(last_in_);
    if (next == groups_.end()) next = groups_.begin();
    last_in_ = next->first;
    if (!may_begin(next->first, next->second)) {
      ++passed;
      continue;
    }
    passed = 0;
    begin(last_in_, next->second);
  }
}

void Dispatcher::run(const std::string& group, std::function<void()> job) {
  jobs_.push_back({std::move(job), group, ask_.hurried(group)});
  if (!busy_ && !turn_) go_on();
}

void Dispatcher::perform(const Job& job) {
  const Instant began = wall_.now();
  // Also when the job throws.
  const auto over = [this, began](bool*) {
    const Instant now = wall_.now();
    if (now != began) ended_ = now;
    busy_ = false;
  };
  const std::unique_ptr<bool, decltype(over)> guard(&busy_, over);
  busy_ = true;
  job.call();
}

// Of the next job from the last one.
Duration Dispatcher::gap() const {
  std::size_t waiting = jobs_.size();
  const std::string& name = jobs_.front().group;
  // With most of its places taken, a group waits for its receivers more than for us.
  const auto group = groups_.find(name);
  if (group == groups_.end() || group->second.running <= limits_.of_one_group / 2)
    waiting += ask_.behind(name);
  return kGap * static_cast<Duration::rep>(kFew) /
         static_cast<Duration::rep>(std::max(waiting, kFew));
}

void Dispatcher::rest(Duration wait) {
  turn_ = loop_.after(wait, [this] {
    turn_.reset();
    ended_.reset();
    go_on();
  });
}

void Dispatcher::go_on() {
  for (bool first = true; !jobs_.empty(); first = false) {
    if (ended_) {
      const Duration left = *ended_ + gap() - wall_.now();
      // A gap may be over before it is looked at; one turn still is for one job.
      if (left > Duration::zero() || !first)
        return rest(jobs_.front().hurried || left < kShortest ? Duration::zero() : left);
    }
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    try {
      perform(job);
    } catch (...) {
      if (!jobs_.empty()) rest(Duration::zero());  // the others are not to blame
      throw;
    }
  }
}

}  // namespace emulator::webhook
