// Whose is what a request is about, and what comes of it.
#include "emulator/fleet/fleet.h"

#include <utility>

#include "emulator/fleet/hop.h"
#include "emulator/http/authority.h"

namespace emulator::fleet {
namespace {

using namespace std::chrono_literals;

// Before an emulator that could not be reached is looked for anew; and how long beyond the life of
// one that is gone.
constexpr Duration kPause = 50ms;
constexpr Duration kBeyond = 2s;
// How often a request is handled anew because its sandbox went meanwhile.
constexpr int kMostTurns = 3;

}  // namespace

struct Fleet::Ask {
  Meant meant;
  std::shared_ptr<const http::Request> request;
  http::Respond respond;
  Here here;
  Again again;
  std::optional<Instant> lost_since;  // its emulator cannot be reached, or has it no more
  bool open = true;                   // nobody has decided yet what becomes of it
  int turns = 0;
  std::shared_ptr<void> timer;
};

void Fleet::settle(Meant meant, std::shared_ptr<const http::Request> request, http::Respond respond,
                   Here here, Again again) {
  const auto ask = std::make_shared<Ask>();
  ask->meant = std::move(meant);
  ask->request = std::move(request);
  ask->respond = std::move(respond);
  ask->here = std::move(here);
  ask->again = std::move(again);
  settle(ask);
}

void Fleet::settle(const AskPtr& ask) {
  ask->open = true;
  const std::string& name = ask->meant.name;
  if (!ask->meant.keys.empty()) return look(ask);
  if (is_here(name)) return bring(ask, name);
  const auto known = known_.find(name);
  if (known != known_.end() && parts_.wall.now() < known->second.until)
    return pass_on(ask, name, known->second.address);
  look(ask);
}

bool Fleet::is_here(const std::string& name) {
  if (!away_ && parts_.wall.now() >= lives_until_) {
    doubt_all();
    beat();
  }
  const bool has = name == state::kInboxes ? inboxes_here_ : parts_.keeper.has(name);
  return has && (away_ || !doubtful_.contains(name));
}

void Fleet::look(const AskPtr& ask) {
  if (away_) return unanswered(ask);
  struct Came {
    state::Claims::Claimed claimed;
    std::string problem;
  };
  const auto came = std::make_shared<Came>();
  worker_->run(
      [this, came, keys = ask->meant.keys, name = ask->meant.name] {
        try {
          came->claimed = parts_.claims.claim(keys, name);
        } catch (const std::exception& fault) {
          came->problem = fault.what();
        }
      },
      [this, came, ask] {
        ask->timer.reset();
        if (came->problem.empty()) return answered(ask, came->claimed);
        go_away(came->problem);
        if (ask->open) unanswered(ask);
      });
  ask->timer = parts_.loop.after(options_.patience, [this, ask] {
    if (!ask->open) return;
    go_away("it did not say within the time of --state-wait whose a sandbox is");
    unanswered(ask);
  });
}

void Fleet::answered(const AskPtr& ask, const state::Claims::Claimed& claimed) {
  using Whose = state::Claims::Claimed::Whose;
  if (claimed.whose == Whose::kOurs) take_over(claimed);
  if (claimed.whose == Whose::kTheirs) {
    if (known_.size() >= options_.most_homes) known_.clear();
    known_[claimed.name] = {claimed.address, parts_.wall.now() + options_.life / 2};
    lose(claimed.name, claimed.address);
  }
  if (!ask->open) return;
  if (claimed.whose == Whose::kTheirs) return pass_on(ask, claimed.name, claimed.address);
  bring(ask, claimed.whose == Whose::kOurs ? claimed.name : ask->meant.name);
}

// It is ours from here on, with what is kept of it. What is here already came here while the store
// was away: if it has a past it will be refused when it is written, and is told of then.
void Fleet::take_over(const state::Claims::Claimed& claimed) {
  doubtful_.erase(claimed.name);
  known_.erase(claimed.name);
  if (claimed.name == state::kInboxes) inboxes_here_ = true;
  if (!claimed.stored || parts_.keeper.has(claimed.name)) return;
  ++figures_.taken_over;
  parts_.keeper.adopt(*claimed.stored);
}

// The store is away: on with what there is.
void Fleet::unanswered(const AskPtr& ask) {
  const std::string& name = ask->meant.name;
  const auto known = known_.find(name);
  if (known != known_.end() && !parts_.keeper.has(name))
    return pass_on(ask, name, known->second.address);
  ++figures_.unasked;
  if (name == state::kInboxes) inboxes_here_ = true;
  bring(ask, name);
}

void Fleet::bring(const AskPtr& ask, const std::string& name) {
  ask->open = false;
  http::Respond respond = [this, ask, name, losses = losses_of(name)](http::Reply reply) {
    // What it says is kept nowhere: whoever has the sandbox answers.
    if (losses_of(name) != losses && ++ask->turns < kMostTurns) return ask->again(ask->respond);
    ask->respond(std::move(reply));
  };
  const bool letters = name == state::kInboxes;
  const auto go_on = [ask, respond = std::move(respond)](const std::string& problem) {
    // Called once. It keeps the request's flow, which keeps `respond`, which keeps what was asked.
    const Here here = std::exchange(ask->here, nullptr);
    here(problem, respond);
  };
  const std::string box = letters ? "" : name;
  if (!parts_.keeper.bring({box, std::nullopt, letters}, go_on)) go_on("");
}

void Fleet::pass_on(const AskPtr& ask, const std::string& name, const std::string& address) {
  ask->open = false;
  if (ask->request->passed_on) return ask->respond(not_here());
  const auto place = http::host_and_port(address);
  // An emulator that was at this very address before us, and is not known to be gone yet.
  if (!place || address == address_) return again_soon(ask, name, "it is about to be taken over");
  ++figures_.passed_on;
  const Instant sent = parts_.wall.now();
  parts_.forwarder.pass(
      {place->host, place->port, ask->request, hop_fields(*ask->request, parts_.claims.secret())},
      [this, ask, name, address, sent](http::Reply reply) {
        // One that stood still for a while says so late: the time was its own.
        if (says_not_here(reply) && parts_.wall.now() - sent > kPause) ask->lost_since.reset();
        if (says_not_here(reply))
          return again_soon(ask, name, address + " does not have it any more");
        ask->respond(std::move(reply));
      },
      [this, ask, name, address](const std::string& why) {
        ++figures_.unreached;
        again_soon(ask, name, address + " cannot be reached: " + why);
      });
}

void Fleet::again_soon(const AskPtr& ask, const std::string& name, const std::string& why) {
  known_.erase(name);
  const Instant now = parts_.wall.now();
  if (!ask->lost_since) ask->lost_since = now;
  if (now - *ask->lost_since > options_.life + kBeyond)
    return ask->respond(
        parts_.refusal("sandbox " + name + " is at home at another emulator, and " + why));
  ask->timer = parts_.loop.after(kPause, [this, ask] { settle(ask); });
}

}  // namespace emulator::fleet
