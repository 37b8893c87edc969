#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/base/clock.h"

namespace emulator::webhook {

// So many things at once and no more. What waits is in groups that take turns, so that nobody with
// ten thousand of them keeps others waiting, and no group takes more than its share. Of the
// last eighth of the places nobody takes more than are left of it: many groups together keep some
// for those that come, as long as there are fewer groups than places. A group whose
// things take long begins them at a distance, so that they do not all end together as well, and
// what begins behind them, and so on for good. Loop thread.
class Pool {
 public:
  struct Limits {
    std::size_t at_once = 256;
    std::size_t of_one_group = 32;
  };
  // Calls the work once that much wall time has passed, unless the handle is let go before.
  using After = std::function<std::shared_ptr<void>(Duration wait, std::function<void()> work)>;
  // The longest distance, and that of those of which nobody knows yet how long they take.
  static constexpr Duration kMostApart = std::chrono::milliseconds(5);
  static constexpr Duration kApart = std::chrono::milliseconds(1);

  Pool(Limits limits, const WallClock& wall, After after)
      : limits_(limits), wall_(wall), after_(std::move(after)) {}

  // Calls `job` when there is room, maybe at once. Whoever is called must call `left` later. One
  // that is urgent, since somebody waits for it, keeps no distance.
  void enter(const std::string& group, std::function<void()> job, bool urgent = false);
  // `took`: how long it was there, by the wall; nullopt: it did nothing, so that the next may begin
  // at once.
  void left(const std::string& group, std::optional<Duration> took);

  // Nothing of what waits is called any more.
  void clear();

  std::size_t running() const { return running_; }
  // Of one group, those that have no room yet.
  std::size_t waiting(std::string_view group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : found->second.waiting.size();
  }

 private:
  struct Job {
    std::function<void()> call;
    bool urgent;
  };
  struct Group {
    std::deque<Job> waiting;
    std::size_t running = 0;
    Duration apart = kApart;
    Instant rested{};             // when the next may begin
    std::shared_ptr<void> pause;  // set while one waits for that
  };
  bool may_begin(const std::string& name, Group& group);
  void begin(Group& group);
  void let_in();

  const Limits limits_;
  const WallClock& wall_;
  const After after_;
  std::map<std::string, Group, std::less<>> groups_;
  std::string turn_;  // the group that was last let in
  std::size_t running_ = 0;
  bool letting_in_ = false;
};

// A place that somebody was let into, given back as one of which nothing was made unless it is
// kept. The pool must outlive it.
class Place {
 public:
  Place() = default;
  Place(Pool& pool, std::string group) : pool_(&pool), group_(std::move(group)) {}
  Place(Place&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), group_(std::move(other.group_)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (pool_ != nullptr) pool_->left(group_, std::nullopt);
  }

  explicit operator bool() const { return pool_ != nullptr; }
  // Whoever keeps it calls `Pool::left`.
  void keep() { pool_ = nullptr; }

 private:
  Pool* pool_ = nullptr;
  std::string group_;
};

}  // namespace emulator::webhook
