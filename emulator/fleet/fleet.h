#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/loop.h"
#include "emulator/http/forward.h"
#include "emulator/http/message.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/state/claims.h"
#include "emulator/state/keeper.h"
#include "emulator/state/worker.h"

namespace emulator::fleet {

struct Options {
  Duration life = std::chrono::seconds(2);            // of an emulator nobody hears of, by the wall
  Duration patience = std::chrono::milliseconds(50);  // of a request for the store, by the wall
  std::size_t most_homes = 100'000;                   // of others' sandboxes that are remembered
};

// Several emulators as one. Each sandbox is at home at one of them; a request for it that comes to
// another is passed on there, and one whose emulator is gone is taken over with what is kept of it.
// The inboxes, all of them together, are at home somewhere like a sandbox.
//
// An emulator shows that it lives every quarter of `life`. One that could not for so long asks
// before it answers for what it has, since another may have it by now. While the store is away it
// goes on with what it has; what turns out to be another's when the store is back is told, and
// goes. Loop thread only.
class Fleet {
 public:
  struct Parts {
    state::Claims& claims;
    state::Keeper& keeper;
    Sandboxes& sandboxes;
    http::Forwarder& forwarder;
    const WallClock& wall;
    Loop& loop;
    std::function<void(const std::string& line)> tell;
    // How a request is refused that nobody can answer now.
    std::function<http::Reply(const std::string& why)> refusal;
  };
  Fleet(Options options, Parts parts);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Says for the first time that this one lives, reached by the others at `address` (HOST:PORT).
  // Blocks; before the loop runs. "" or one line.
  std::string join(std::string address);
  // When the loop has ended and all is written: its sandboxes are anybody's from here on. Blocks.
  void leave();

  // The request as its client sent it (`received`).
  std::shared_ptr<const http::Request> take_in(std::shared_ptr<const http::Request> request);

  // What a request is about: what is asked for under one of `keys`, when it is not here; else a
  // sandbox, or the inboxes (state::kInboxes).
  struct Meant {
    std::string name;
    std::vector<std::uint64_t> keys;
  };
  // Goes on with a request here, answering by the `respond` it is given; `problem` is one line when
  // what is kept cannot be read.
  using Here = std::function<void(const std::string& problem, http::Respond respond)>;
  // Handles it from the start: its answer was not given, because another emulator has its sandbox.
  using Again = std::function<void(http::Respond respond)>;
  // Calls `here`, now or later, when what the request is about is at home here and all of it has
  // been read; else passes the request on.
  void settle(Meant meant, std::shared_ptr<const http::Request> request, http::Respond respond,
              Here here, Again again);

  // Another emulator has a sandbox by now: rows of it were not taken.
  void refused(const std::string& name);

  struct Figures {
    std::string id, address;
    std::vector<std::string> emulators;  // addresses of those that live, as last heard
    bool away = false;                   // the store does not answer
    std::string problem;                 // why; "" for none
    std::size_t home = 0;                // sandboxes at home here
    std::uint64_t passed_on = 0;         // requests, to others
    std::uint64_t taken_in = 0;          // and from them
    std::uint64_t unreached = 0;         // tries to pass one on that did not reach its emulator
    std::uint64_t unasked = 0;           // requests answered without the store having said whose
    std::uint64_t taken_over = 0;        // sandboxes with a past that came to be at home here
    std::uint64_t lost = 0;              // sandboxes that another took over
    std::uint64_t conflicts = 0;         // of these, with changes that are kept nowhere
    std::uint64_t connections = 0;       // made to others
  };
  Figures figures() const;

 private:
  struct Ask;
  using AskPtr = std::shared_ptr<Ask>;

  // fleet.cc: whose is it
  void settle(const AskPtr& ask);
  bool is_here(const std::string& name);
  void look(const AskPtr& ask);
  void answered(const AskPtr& ask, const state::Claims::Claimed& claimed);
  void unanswered(const AskPtr& ask);
  void bring(const AskPtr& ask, const std::string& name);
  void pass_on(const AskPtr& ask, const std::string& name, const std::string& address);
  void again_soon(const AskPtr& ask, const std::string& name, const std::string& why);
  void take_over(const state::Claims::Claimed& claimed);

  // life.cc: who lives, and what has become of what is here
  void beat_on();
  void beat();
  void heard(Instant sent, const state::Claims::Life& life);
  void begin_anew();
  void go_away(const std::string& why);
  void look_for_gone(const std::vector<std::string>& live);
  void look_for_twins();
  void doubt_all();
  void confirm_next();
  void adopt_orphans(std::vector<std::string> names);
  void lose(const std::string& name, const std::string& address);
  std::uint64_t losses_of(const std::string& name) const;

  const Options options_;
  const Parts parts_;
  std::string address_;

  Instant lives_until_{};                   // as the others see it
  Instant told_away_{};                     // by the wall
  std::optional<Instant> twin_since_;       // another says that it is reached where this one is
  std::map<std::string, Instant> missing_;  // addresses that show no life, since when by the wall
  std::set<std::string> doubtful_;          // at home here, and maybe another's by now
  bool joined_ = false;
  bool inboxes_here_ = false;
  bool beating_ = false;  // a sign of life is on its way
  bool away_ = false;
  bool told_twin_ = false;
  bool beginning_ = false;   // what was kept is gone, and is being written again
  bool confirming_ = false;  // one of `doubtful_` is being asked about
  std::shared_ptr<void> next_beat_;

  struct Known {
    std::string address;
    Instant until{};
  };
  std::unordered_map<std::string, Known> known_;           // where others have them; bounded
  std::unordered_map<std::string, std::uint64_t> losses_;  // how often each was lost; bounded
  Figures figures_;
  std::unique_ptr<state::Worker> worker_;  // last: ends first
};

}  // namespace emulator::fleet
