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
#include "emulator/base/loop.h"

namespace emulator::webhook {

// Says who of those that deliver goes on, and when. It is the one place that makes way for others:
// ten thousand webhooks that come due at once must neither hold up a poll nor the webhooks of
// another sandbox. What each rule was seen to bring is in docs/adr/0009.
//
// Places. So many attempts are under way and no more. Those that wait are in groups, a sandbox
// each, that take turns, and no group takes more than its share. Of the last eighth of the places
// no group takes more than are left of it: many groups together keep some for those that come, as
// long as there are fewer groups than places.
//
// The distance. Attempts of one group begin at a distance, by how long the latest took: thirty-two
// that begin together end together as well, and what begins behind them, and so on for good.
//
// The gap. What is done for a webhook (wording, sending, judging) is a job; jobs run in their
// order, one in a turn of the loop and at a gap from the next, since what they set in motion, here
// and in the receivers, takes processor time too. Where many wait and it is not places they wait
// for, the gap shrinks as they grow, down to a turn of the loop: receivers that answer fast get
// webhooks as fast as they can be made. On a wall clock that stands still nothing takes any time,
// so that all of them are run at once.
//
// A group that is hurried, since somebody waits for it, keeps neither distance nor gap, but each of
// its jobs still has a turn of the loop to itself. How much of what is due at one instant is begun
// in one turn is not said here but by whoever fires it (the slice of `Sandboxes`). Loop thread.
class Dispatcher {
 public:
  struct Limits {
    std::size_t at_once = 256;
    std::size_t of_one_group = 32;
  };
  // What it asks of whom it serves. Both are there.
  struct Questions {
    // Whether somebody waits for what this group does.
    std::function<bool(const std::string& group)> hurried;
    // How many of this group have yet to ask for a place.
    std::function<std::size_t(const std::string& group)> behind;
  };
  // The longest distance, and that of attempts of which nobody knows yet how long they take.
  static constexpr Duration kMostApart = std::chrono::milliseconds(5);
  static constexpr Duration kApart = std::chrono::milliseconds(1);
  // Between two jobs, as long as not more than a few wait for nothing else.
  static constexpr Duration kGap = std::chrono::microseconds(200);
  static constexpr std::size_t kFew = 4;

  class Place;

  Dispatcher(Limits limits, const WallClock& wall, Loop& loop, Questions ask)
      : limits_(limits), wall_(wall), loop_(loop), ask_(std::move(ask)) {}
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Runs the job, with a place for it, when there is room; maybe at once. With `together` it keeps
  // no distance from those before it.
  void enter(const std::string& group, std::function<void(Place)> job, bool together = false);
  // Runs the job in its turn, without a place; maybe at once. What jobs hand in themselves comes
  // after them. What a job throws is thrown to whoever turns the loop; the others have their turn.
  void run(const std::string& group, std::function<void()> job);

  // Nobody who waits for a place gets one any more.
  void clear();

  // Places that are taken.
  std::size_t running() const { return running_; }
  // Of one group, those that have no place yet.
  std::size_t waiting(std::string_view group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : found->second.waiting.size();
  }

 private:
  struct Entrant {
    std::function<void(Place)> job;
    bool together;
  };
  struct Group {
    std::deque<Entrant> waiting;
    std::size_t running = 0;
    Duration apart = kApart;
    Instant rested{};             // when the next may begin
    std::shared_ptr<void> pause;  // set while one waits for that
  };
  struct Job {
    std::function<void()> call;
    std::string group;
    bool hurried;
  };
  // Places and distance.
  void left(const std::string& group, std::optional<Duration> took);
  bool may_begin(const std::string& name, Group& group);
  void begin(const std::string& name, Group& group);
  void let_in();
  // Turns and gap.
  void go_on();
  Duration gap() const;
  void perform(const Job& job);
  void rest(Duration wait);

  const Limits limits_;
  const WallClock& wall_;
  Loop& loop_;
  const Questions ask_;

  std::map<std::string, Group, std::less<>> groups_;
  std::string last_in_;  // the group that was last let in
  std::size_t running_ = 0;
  bool letting_in_ = false;

  std::deque<Job> jobs_;
  std::optional<Instant> ended_;  // the last job, as long as the next keeps its gap from it
  std::shared_ptr<void> turn_;    // set while one waits for its turn
  bool busy_ = false;
};

// A place that somebody was let into, given back when it goes. The dispatcher must outlive it.
class Dispatcher::Place {
 public:
  Place() = default;
  Place(Dispatcher& from, std::string group) : from_(&from), group_(std::move(group)) {}
  Place(Place&& other) noexcept
      : from_(std::exchange(other.from_, nullptr)), group_(std::move(other.group_)) {}
  Place& operator=(Place&& other) noexcept {
    Place taken(std::move(other));
    std::swap(from_, taken.from_);
    std::swap(group_, taken.group_);
    return *this;
  }
  ~Place() { give_back(std::nullopt); }

  explicit operator bool() const { return from_ != nullptr; }
  // `took`: for how long it was used, by the wall; nullopt: nothing was made of it, so that the
  // next need not keep its distance. Without a place nothing happens.
  void give_back(std::optional<Duration> took) {
    if (Dispatcher* const from = std::exchange(from_, nullptr)) from->left(group_, took);
  }

 private:
  Dispatcher* from_ = nullptr;
  std::string group_;
};

}  // namespace emulator::webhook
