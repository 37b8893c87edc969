#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/memory.h"
#include "emulator/base/random.h"
#include "emulator/sandbox/agenda.h"
#include "emulator/sandbox/feed.h"
#include "emulator/sandbox/journal.h"
#include "emulator/sandbox/scribe.h"
#include "emulator/sandbox/unfinished.h"
#include "emulator/scenario/decide.h"
#include "emulator/task/store.h"

namespace emulator {

// What a sandbox knows of one provider's account.
struct Account {
  double spent = 0;      // charged, less what was given back
  Unfinished unsettled;  // charged tasks that will or may fail, until they have ended
  Unfinished active;     // of those whose number is limited
  // Where tasks wait for one another: when each place comes free (Instant::max(): nobody knows).
  std::multiset<Instant> places;
  std::size_t place_limit = 0;
  Instant last_start{};  // when the last of those waiting begins its turn
  // Submissions counted in the present window of a rate limit.
  Instant window_began{};
  std::size_t window_count = 0;
  // Odds and ends a dialect keeps: idempotency keys, finetunes, tokens. Bounded by `put_note`.
  std::map<std::string, Json, std::less<>> notes;
  std::list<std::string> note_order;
};

class Sandbox;

// Somebody who waits for a clock that skips.
struct Skip {
  // Where the clock must be; asked when its turn has come. nullopt: nowhere any more.
  std::function<std::optional<Instant>(const Sandbox& box)> target;
  std::function<void()> then;      // told when it is there; may be empty
  std::shared_ptr<void> patience;  // ends the waiting
};

// A clock was moved by hand, or skipped; that it ran in between is no move.
struct ClockMove {
  Instant from, to;
};

// Whose tasks an index means. When a sandbox loses them, `box` becomes null at once, and they go
// one after another.
struct Tenure {
  explicit Tenure(Sandbox* of) : box(of) {}
  Sandbox* box;
};

// What a later layer remembers of a sandbox, and loses with it.
struct Attached {
  virtual ~Attached() = default;
};

// The world of one API key: clock, chance, scenario, counters, tasks, journal, credits, agenda.
// Nothing done in one shows in another. Loop thread only.
class Sandbox {
 public:
  Sandbox(std::string name, const WallClock& wall, Instant start, double speed);

  const std::string& name() const { return name_; }
  Instant now() const { return clock.now(); }
  Duration age() const { return clock.now() - born; }

  // Draw number `nth` for `purpose`: equal for equal seed, name, purpose and number.
  Draw draw(std::string_view purpose, std::uint64_t nth = 0) const {
    return Draw::of(seed, purpose, nth);
  }

  Account& account(std::uint16_t provider) { return accounts[provider]; }
  // Must be called when a task that was accepted is changed otherwise than by the functions below.
  void changed(const Task& task) {
    if (scribe != nullptr) scribe->task_changed(*this, task.serial);
  }
  // Charges for a task whose end is settled, and remembers it if its cost may have to be given
  // back.
  void charge(const Task& task);
  // A task that would have succeeded was cancelled or deleted: its cost may come back.
  void unsettle(const Task& task);
  // Credits used up to `now`: failed and cancelled tasks cost nothing once they have ended.
  double spent(std::uint16_t provider, Instant now);
  // Unfinished tasks of a provider at `now`; with `endpoint`, only those of that endpoint.
  std::size_t active(std::uint16_t provider, std::string_view endpoint, Instant now);

  // Gives a task just made a place among `limit` that its account has, or has it wait until one
  // comes free.
  void take_place(Task& task, std::size_t limit);
  // A task is about to go.
  void forget(const Task& task);
  // A task ends otherwise than at `expected`: those that wait for its place come sooner.
  void end_changed(const Task& task, std::optional<Instant> expected, Instant now);
  // How long until another submission is let in when `most` are in a window; nullopt: now.
  std::optional<Duration> rate_wait(std::uint16_t provider, std::size_t most, Duration window,
                                    Instant now);
  void count_submission(std::uint16_t provider, Duration window, Instant now);

  // Keeps `note` under `key`, letting the oldest go when there are more than `max_notes`.
  void put_note(std::uint16_t provider, const std::string& key, Json note);
  const Json* find_note(std::uint16_t provider, std::string_view key) const;
  bool drop_note(std::uint16_t provider, std::string_view key);
  void clear_notes();

  static constexpr std::size_t kMovesKept = 100;

  VirtualClock clock;
  Instant born;                  // virtual time at its start
  std::vector<ClockMove> moves;  // of `clock`, the latest, at most kMovesKept
  std::uint64_t seed = 0;
  std::size_t max_notes = 10'000;  // with each provider
  std::shared_ptr<const scenario::Scenario> scenario;
  bool skips = false;         // its clock goes to what clients wait for (Sandboxes::set_skips)
  bool own_scenario = false;  // set for this sandbox, so the server's default leaves it
  scenario::Counters counters;
  TaskStore tasks;
  Journal journal;
  Agenda agenda;
  Feed feed;
  std::map<std::uint16_t, Account> accounts;

  std::unique_ptr<Attached> judged;  // the judge's

  Scribe* scribe = nullptr;             // told of what changes; null: nobody is. Not owned
  std::unique_ptr<Attached> scribbled;  // the scribe's

  // Told by `end_changed`; with `others`, more tasks than that one may end at another time.
  std::function<void(const Task& task, bool others)> ends_moved;

  // Counts what it holds from now on. Before anything is kept in it.
  void count_in(Memory* memory);

  // Book-keeping of Sandboxes.
  std::unique_ptr<Tenure> tenure = std::make_unique<Tenure>(this);  // of the tasks that are in it
  std::list<Sandbox*>::iterator place;
  Instant armed{};                            // wall time the ticker has for it; zero when none
  bool moving = false;                        // its clock is being moved and settled
  std::shared_ptr<void> move_turn;            // in which that goes on, where it is cut into slices
  bool skip_moving = false;                   // and that for somebody who waits
  std::list<std::shared_ptr<Skip>> skipping;  // those who wait for their turn
  std::shared_ptr<void> skip_turn;            // of the first of them, to come
  Instant used{};                             // wall time of the last request
  std::size_t task_bytes = 0;
  Charge scenario_charge;  // of a scenario of its own

 private:
  bool plan_anew(const Task& task, std::optional<Instant> expected, Instant now);

  std::string name_;
  Charge own_;
  Charge notes_;
};

}  // namespace emulator
