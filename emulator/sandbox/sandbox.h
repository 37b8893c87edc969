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
#include "emulator/base/random.h"
#include "emulator/sandbox/agenda.h"
#include "emulator/sandbox/feed.h"
#include "emulator/sandbox/journal.h"
#include "emulator/scenario/decide.h"
#include "emulator/task/store.h"

namespace emulator {

// What a sandbox knows of one provider's account.
struct Account {
  double spent = 0;                      // charged, less what was given back
  std::vector<std::uint64_t> unsettled;  // serials of charged tasks that will or may fail
  std::vector<std::uint64_t> active;     // serials that may be unfinished; pruned when counted
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
  // As above, numbered by how often this was asked before.
  Draw next_draw(std::string_view purpose);

  Account& account(std::uint16_t provider) { return accounts[provider]; }
  // Charges for a task, and remembers it if its cost may have to be given back.
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

  VirtualClock clock;
  Instant born;  // virtual time at its start
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
  std::map<std::string, std::uint64_t, std::less<>> draws;  // by purpose

  // Told by `end_changed`; with `others`, more tasks than that one may end at another time.
  std::function<void(const Task& task, bool others)> ends_moved;

  // Book-keeping of Sandboxes.
  std::list<Sandbox*>::iterator place;
  Instant armed{};                            // wall time the ticker has for it; zero when none
  bool moving = false;                        // its clock is being moved and settled
  bool skip_moving = false;                   // and that for somebody who waits
  std::list<std::shared_ptr<Skip>> skipping;  // those who wait for their turn
  std::shared_ptr<void> skip_turn;            // of the first of them, to come

 private:
  bool plan_anew(const Task& task, std::optional<Instant> expected, Instant now);

  std::string name_;
};

}  // namespace emulator
