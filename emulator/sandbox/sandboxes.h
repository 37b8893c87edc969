#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/hash_index.h"
#include "emulator/base/loop.h"
#include "emulator/sandbox/library.h"
#include "emulator/sandbox/sandbox.h"

namespace emulator {

// What a picture's path is known by, on whatever machine.
constexpr std::uint64_t media_key(std::uint16_t provider, std::string_view path) {
  return hash_of(path, provider + 1u);
}

struct SandboxLimits {
  std::size_t sandboxes = 10'000;
  std::size_t tasks = 1'000'000;            // of all sandboxes together
  std::size_t journal_entries = 10'000;     // of one sandbox
  std::size_t journal_bytes = 64u << 20;    // of one sandbox
  std::size_t journals_bytes = 512u << 20;  // of all sandboxes together
  std::size_t notes = 10'000;               // of one sandbox, with one provider
  std::size_t fired = 10'000;               // told by one move of a clock
};

struct ClockStart {
  bool manual = false;  // frozen at `at` instead of running with the wall
  Instant at{};
  bool skips = false;  // goes to what clients wait for
};

// All sandboxes by name, made on first sight, bounded: idle ones go, oldest first. Finds tasks and
// pictures across them, and fires what is due on their clocks. Loop thread only.
class Sandboxes {
 public:
  struct Options {
    SandboxLimits limits;
    ClockStart clock;
    std::uint64_t seed = 0;
    Scribe* scribe = nullptr;  // writes them down; null: nobody does. Not owned
    Memory* memory = nullptr;  // what all of them hold is counted there; not owned. May be null
    // Told the name of a sandbox whose tasks have been cleared: dropped, or put back to the start.
    std::function<void(const std::string& name)> emptied;
    // Told before a sandbox loses its tasks: it is dropped, or put back to the start.
    std::function<void(Sandbox& box)> closing = nullptr;
    // Told when tasks come to end at another time than before (Sandbox::end_changed).
    std::function<void(Sandbox& box, const Task& task, bool others)> ends_moved;
    // What is on its way outside the agenda: calls `finished` when nothing is, and lists it.
    std::function<void(const Sandbox& box, std::function<void()> finished)> settle;
    std::function<std::vector<Agenda::Entry>(const Sandbox& box)> under_way;
  };

  Sandboxes(Options options, const WallClock& wall, ScenarioLibrary& library, Loop& loop);
  ~Sandboxes();

  // The sandbox of that (already clean) name, made if need be and moved to the young end. A name
  // `emu.<scenario>.<anything>` with a known scenario gets that one.
  Sandbox& named(std::string_view name);
  Sandbox* find(std::string_view name);
  // Young ones first.
  const std::list<Sandbox*>& all() const { return by_age_; }
  bool drop(std::string_view name);
  // Tells what happens in any of them.
  Feed& everywhere() { return everywhere_; }

  // The scenario of every sandbox that has none of its own.
  void set_default(std::shared_ptr<const scenario::Scenario> scenario);
  const std::shared_ptr<const scenario::Scenario>& default_scenario() const { return default_; }
  void set_scenario(Sandbox& box, std::shared_ptr<const scenario::Scenario> scenario);

  // Parts of a sandbox that can be put back to the start.
  struct Reset {
    bool tasks = true, journal = true, counters = true, clock = true, scenario = true,
         credits = true;
  };
  void reset(Sandbox& box, const Reset& what);

  // Tasks and pictures, whichever sandbox they are in.
  struct Found {
    Sandbox* box = nullptr;
    Task* task = nullptr;
    int index = 0;  // of a picture
    explicit operator bool() const { return task != nullptr; }
  };
  Task& accept(Sandbox& box, Task task);
  // The tasks that a sandbox which was just made had before, numbered from `first` on, with the
  // links that were handed out.
  void put_back(Sandbox& box, std::uint64_t first, LongQueue<Task> tasks);
  Found find_task(std::uint16_t provider, std::string_view id);
  // The same for one who changes nothing.
  struct Seen {
    const Sandbox* box = nullptr;
    const Task* task = nullptr;
    explicit operator bool() const { return task != nullptr; }
  };
  Seen find_task(std::uint16_t provider, std::string_view id) const;
  // Makes a picture reachable under a path. Returns its key, to be kept in Task::links.
  std::uint64_t know_picture(Sandbox& box, const Task& task, int index, std::string_view path);
  Found find_picture(std::uint16_t provider, std::string_view path);

  // Puts something on a sandbox's agenda and sees to its being fired in time; what is due already
  // is fired soon, on a frozen clock as well.
  Agenda::Ticket put(Sandbox& box, Instant due, Agenda::Item item);
  // Must be called after a change of speed or time.
  void clock_changed(Sandbox& box);

  struct Fired {
    Instant at;
    std::string kind, id;
  };
  struct Moved {
    Instant now;
    std::vector<Fired> fired;  // in order of time
    std::vector<Agenda::Entry> pending;
    bool more = false;          // `fired` was cut at its bound
    bool more_pending = false;  // so was `pending`, at the first 1,000
  };
  // Moves the clock to `target`, firing everything due on the way in order of time; `done` comes
  // when all of it has finished. A target in the past only sets the clock.
  void move(Sandbox& box, Instant target, std::function<void(Moved)> done);
  // From now on the clock goes, by settled moves, to what clients wait for: items of the agenda
  // that are `awaited`, and what `skip` asks for. Otherwise it runs or stands as before.
  void set_skips(Sandbox& box, bool skips);
  // Moves the clock to where `target` says, then calls `then`; both when those who asked before
  // have had their turn, on whatever clock. While moves of others take long, `then` comes without
  // one.
  using SkipTarget = std::function<std::optional<Instant>(const Sandbox& box)>;
  void skip(Sandbox& box, SkipTarget target, std::function<void()> then);
  // Where it stands, and what is to come in it or under way, in order of time.
  Moved standing(const Sandbox& box) const;
  // When the next thing happens in it; nullopt when nothing is to come.
  std::optional<Instant> next_event(const Sandbox& box) const;

  // When there is no memory left: about so many bytes are given back. Entries of journals, of
  // those sandboxes first that were not used for the longest time; whole sandboxes in which nothing
  // is to come, the longest unused first and none that was used in the last ten seconds; the oldest
  // tasks, of those first that hold most.
  void let_journals_go(std::uint64_t bytes);
  void let_idle_go(std::uint64_t bytes);
  void let_tasks_go(std::uint64_t bytes);
  Memory* memory() const { return options_.memory; }

  const SandboxLimits& limits() const { return options_.limits; }
  const WallClock& wall() const { return wall_; }
  std::uint64_t seed() const { return options_.seed; }
  // With those that a sandbox has lost and that are still to be freed.
  std::size_t tasks() const { return tasks_; }
  std::size_t journal_bytes() const { return journals_.bytes; }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Ref {
    std::uint64_t key;  // hashed path
    Tenure* tenure;
    std::uint64_t serial;
    int index;
  };
  // How long work that may be cut goes on before whoever else waits for the loop has a turn, by the
  // wall: ten thousand webhooks of one sandbox must not hold up the polls of another.
  static constexpr Duration kSlice = std::chrono::microseconds(50);
  // Where a task is; taken out of the index before the task goes.
  struct Place {
    Tenure* tenure;
    Task* task;
  };
  // Tasks that a sandbox has lost, and that have not been freed yet.
  struct Leaving {
    std::unique_ptr<Tenure> tenure;
    TaskStore tasks;
    std::vector<Unfinished> unfinished;  // the books about them
  };
  struct Move;

  void index(Sandbox& box, Task& task);
  // Where the task of that id is; null where there is none.
  const Place* place_of(std::uint16_t provider, std::string_view id) const;
  void know_key(Sandbox& box, const Task& task, int index, std::uint64_t key);
  void forget(Sandbox& box, Task& task);
  void unlist(const Tenure& tenure, const Task& task);
  bool free_one();
  void free_some();
  void clear_tasks(Sandbox& box);
  void drop(Sandbox& box);
  void make_room_for_task();
  void trim_journals(std::uint64_t goal);
  bool idle(const Sandbox& box) const;
  void start_clock(Sandbox& box);
  void arm(Sandbox& box);
  void set_timer();
  void tick();
  bool fire(const std::shared_ptr<Move>& moving);
  void step(std::shared_ptr<Move> moving);
  void look_up_ends(const std::shared_ptr<Move>& moving);
  void look_up_end(Move& moving, const Task& task) const;
  void end_move(const std::shared_ptr<Move>& moving);
  void let_go(Sandbox& box);
  void skip_to(Sandbox& box, Agenda::Ticket ticket);
  void skip_now(Sandbox& box, const std::shared_ptr<Skip>& waiting);
  void take_turn(Sandbox& box);
  void stop_skipping(Sandbox& box);
  void perform(const Agenda::Item& item, std::function<void()> finished);

  Options options_;
  const WallClock& wall_;
  ScenarioLibrary& library_;
  Loop& loop_;
  std::shared_ptr<const scenario::Scenario> default_;
  JournalTotal journals_;
  Feed everywhere_;
  std::unordered_map<std::string, std::unique_ptr<Sandbox>, NameHash, std::equal_to<>> by_name_;
  std::list<Sandbox*> by_age_;           // young first
  std::vector<HashIndex<Place>> by_id_;  // by provider
  std::vector<HashIndex<Ref>> by_path_;  // by provider
  std::size_t tasks_ = 0;
  std::list<Leaving> leaving_;
  std::shared_ptr<void> freeing_;
  std::set<std::pair<Instant, Sandbox*>> due_;  // by wall time
  std::shared_ptr<void> timer_;
  Instant timer_at_{};
  std::shared_ptr<void> fault_;  // to be thrown in its turn
};

}  // namespace emulator
