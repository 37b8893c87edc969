#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/memory.h"
#include "emulator/contract/contract.h"
#include "emulator/judge/coverage.h"
#include "emulator/judge/finding.h"
#include "emulator/judge/sight.h"
#include "emulator/judge/terms.h"
#include "emulator/sandbox/sandbox.h"

// Inside judge/: what is remembered of one sandbox's client, and the rules it is held against.
namespace emulator::judge {

struct Limits {
  std::size_t findings = 1'000;  // kept of one sandbox
  std::size_t watched = 10'000;  // tasks, and requests, of one sandbox that are remembered
};

// What the client did about one task. Plain, since polls come by the ten thousand.
struct TaskNotes {
  std::uint64_t serial = 0;  // of the task in its sandbox; 0: an empty place
  std::uint64_t submitted = 0, polled = 0, shown = 0;  // numbers of requests; 0: none
  std::uint64_t first_close = 0;                       // the first poll that came too soon
  std::uint64_t print = 0;                             // of the submission
  std::uint64_t poll_host = 0;                         // hash of the host it shall be polled at
  Instant poll_at{}, poll_wall{};                      // when the last poll was answered
  Instant shown_at{};                                  // when the end was last shown
  Duration closest{0};
  std::uint32_t polls = 0, close_polls = 0, polls_after_end = 0, polls_beyond = 0;
  std::uint16_t provider = 0;
  bool heard = false;      // its submitter got the answer whole
  bool looked = false;     // somebody saw that it has ended
  bool missed = false;     // the last look was refused, or its answer lost
  bool fetched = false;    // one of its pictures was downloaded
  bool inlined = false;    // nothing to download: the picture is in the answer
  bool cancelled = false;  // by its owner
};

// The latest of requests that are the same, byte for byte.
struct Chain {
  std::uint64_t number = 0;          // of the latest
  std::uint64_t seen = 0;            // requests there were when that was answered
  Instant answered{}, wall{};        // when it was
  Instant not_before{};              // by Retry-After, on the sandbox's clock; zero: none was given
  Duration wait{0};                  // what Retry-After said
  std::string_view final;            // the word of a refusal that stays; "" for none
  std::uint32_t finals = 0;          // how often in a row
  std::uint32_t failures = 0;        // in a row
  Duration shortest{0}, longest{0};  // pause between those
  std::uint64_t lost = 0;            // a submission that was accepted and whose answer was lost
  std::uint64_t looks = 0;           // looks into lists there were at that time
  std::uint64_t first = 0;           // number of the first of the failures
  bool submits = false;              // of submissions; others are only kept while they fail
};

// The sandbox's part of the judge. Loop thread.
class Docket final : public Attached {
 public:
  Docket(const Limits& limits, Memory* memory) : limits_(limits), held_(memory, Held::kFindings) {}

  void answered(Sandbox& box, const Terms& terms, const Sight& sight);
  // A submission was accepted as `input`; `body` is what was sent.
  void submitted(Sandbox& box, const Terms& terms, const Exchange& exchange,
                 const std::vector<contract::Field>& fields, const Json& body, const Json& input);
  void tried(Sandbox& box, std::uint16_t provider, const Terms& terms, const Trial& trial);
  // Which outcomes were met, by provider.
  const std::vector<Met>& met() const { return met_; }
  // The client has left a request that is never answered.
  void hung_up(Sandbox& box, const Terms& terms, std::uint64_t number);

  // What was found as it came.
  const std::deque<Finding>& found() const { return found_; }
  // What never happened, as far as can be said now. `over`: nothing follows, so that nobody can be
  // about to do it.
  std::vector<Finding> missing(const Sandbox& box, const std::vector<const Terms*>& terms,
                               bool over) const;
  std::size_t bytes() const { return held_.bytes(); }
  std::uint64_t not_kept() const { return not_kept_; }
  std::uint64_t allowed() const { return allowed_; }
  std::uint64_t unwatched() const { return unwatched_; }
  // Told of every finding that is new.
  std::function<void(Sandbox& box, const Finding& finding)> told;

 private:
  // What is being gathered of what never happened (downloads.cc).
  struct Missing;
  void add_missing(const TaskNotes& notes, Missing& missing) const;
  void add_broken(Missing& missing) const;
  void add_hanging(Missing& missing) const;

  struct Broken {
    std::uint64_t number = 0;
    std::uint64_t serial = 0;
    std::uint16_t provider = 0;
    Instant at{};
    std::string_view what;  // "" : it was asked for again
  };
  struct Hanging {
    std::uint64_t number;
    std::uint16_t provider;
    On on;
    Instant since;
  };

  // docket.cc
  void tell(Sandbox& box, const Terms& terms, FindingCode code, std::uint64_t key, Finding finding);
  // About the task that is looked at. Polls that are accused come by the thousand: of one that is
  // known only the words and the evidence are new.
  void tell_of_task(Sandbox& box, const Terms& terms, FindingCode code, const Sight& sight,
                    std::uint64_t earlier, std::string what);
  Finding* known(const Terms& terms, FindingCode code, std::uint64_t key);
  static void add_evidence(Finding& finding, std::uint64_t number);
  TaskNotes* notes(std::uint64_t serial);
  TaskNotes& notes_of(const Task& task);
  Chain* chain(std::uint64_t print);
  // Made if need be; the oldest are let go.
  Chain& chain_of(std::uint64_t print, bool submits);
  void drop_chain(std::uint64_t print);
  static void complete(Finding& finding, const Terms& terms, FindingCode code);
  void count();
  // repeats.cc
  void repeats(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes* mine);
  void told_early(Sandbox& box, const Terms& terms, const Sight& sight, const Chain& chain,
                  std::uint64_t print);
  void told_final(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                  std::uint64_t print);
  void told_twice(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                  std::uint64_t print);
  void told_storm(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                  std::uint64_t print, Duration pause);
  void limited(Sandbox& box, const Terms& terms, const Sight& sight);
  // looks.cc
  void made(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine);
  void looked(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine);
  void paced(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine);
  void end_shown(Sandbox& box, const Sight& sight, TaskNotes& mine);
  // downloads.cc
  void downloaded(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes* mine);
  // manners.cc
  void credentials(Sandbox& box, const Terms& terms, const Sight& sight);
  void addresses(Sandbox& box, const Terms& terms, const Sight& sight);
  void connections(Sandbox& box, const Terms& terms, const Sight& sight);

  const Limits& limits_;
  Charge held_;
  std::deque<Finding> found_;
  std::unordered_map<std::uint64_t, std::size_t> known_;  // place in found_, by what it is about
  std::size_t found_bytes_ = 0;
  std::uint64_t not_kept_ = 0, allowed_ = 0, unwatched_ = 0;
  std::vector<TaskNotes> tasks_;  // by serial, modulo its size, which is a power of two
  std::unordered_map<std::uint64_t, Chain> chains_;
  std::deque<std::uint64_t> chain_order_;
  std::size_t failing_ = 0;                           // chains of requests other than submissions
  std::unordered_map<std::uint64_t, Broken> broken_;  // by picture
  std::vector<Hanging> hanging_;
  std::uint64_t looks_ = 0;  // into lists of tasks
  Instant listed_at_{};      // when the last of them was
  std::uint64_t requests_ = 0, connections_ = 0;
  struct Over {
    std::uint64_t seen = 0, first = 0;
    Instant at{}, wall{};
    std::uint32_t count = 0;
  };
  std::unordered_map<std::uint16_t, Over> over_;  // by provider
  std::vector<Met> met_;                          // by provider
};

// How long it was from `then` to now, on the sandbox's clock or by the wall, whichever is longer: a
// client waits by the wall, and a test may move the clock in its place.
Duration pause_since(Instant then, Instant then_wall, Instant now, Instant now_wall);

// "1.25 s", for prose: nobody wants nanoseconds.
std::string in_words(Duration duration);

}  // namespace emulator::judge
