#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace emulator::webhook {

// So many things at once and no more. What waits is in groups that take turns, so that nobody with
// ten thousand of them keeps others waiting, and no group takes more than its share. Loop thread.
class Pool {
 public:
  struct Limits {
    std::size_t at_once = 256;
    std::size_t of_one_group = 32;
  };
  explicit Pool(Limits limits) : limits_(limits) {}

  // Calls `job` when there is room, maybe at once. Whoever is called must call `left` later.
  void enter(const std::string& group, std::function<void()> job);
  void left(const std::string& group);

  std::size_t running() const { return running_; }
  // Of one group, those that have no room yet.
  std::size_t waiting(std::string_view group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : found->second.waiting.size();
  }

 private:
  struct Group {
    std::deque<std::function<void()>> waiting;
    std::size_t running = 0;
  };
  void let_in();

  const Limits limits_;
  std::map<std::string, Group, std::less<>> groups_;
  std::string turn_;  // the group that was last let in
  std::size_t running_ = 0;
  bool letting_in_ = false;
};

}  // namespace emulator::webhook
