// Who lives, and what has become of what is at home here.
#include <algorithm>
#include <utility>

#include "emulator/fleet/fleet.h"
#include "emulator/fleet/hop.h"
#include "emulator/http/authority.h"

namespace emulator::fleet {
namespace {

// Between two lines that say that the store does not answer.
constexpr Duration kSaidAgain = std::chrono::seconds(10);

}  // namespace

Fleet::Fleet(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      worker_(std::make_unique<state::Worker>(parts_.loop)) {
  figures_.id = parts_.claims.id();
}

Fleet::~Fleet() = default;

std::string Fleet::join(std::string address) {
  address_ = std::move(address);
  figures_.address = address_;
  const Instant sent = parts_.wall.now();
  try {
    figures_.emulators = parts_.claims.live(address_).addresses;
  } catch (const std::exception& fault) {
    return fault.what();
  }
  lives_until_ = sent + options_.life;
  joined_ = true;
  beat_on();
  return "";
}

void Fleet::leave() {
  worker_.reset();
  if (!std::exchange(joined_, false)) return;
  try {
    parts_.claims.leave();
  } catch (const std::exception&) {
    // Nobody hears of it any more, and the others see it soon.
  }
}

std::shared_ptr<const http::Request> Fleet::take_in(std::shared_ptr<const http::Request> request) {
  auto out = received(std::move(request), parts_.claims.secret());
  if (out->passed_on) ++figures_.taken_in;
  return out;
}

void Fleet::beat_on() {
  next_beat_ = parts_.loop.after(options_.life / 4, [this] {
    beat_on();
    beat();
  });
}

void Fleet::beat() {
  if (beating_ || !joined_) return;
  beating_ = true;
  struct Came {
    state::Claims::Life life;
    std::string problem;
  };
  const auto came = std::make_shared<Came>();
  worker_->run(
      [this, came] {
        try {
          came->life = parts_.claims.live(address_);
        } catch (const std::exception& fault) {
          came->problem = fault.what();
        }
      },
      [this, came, sent = parts_.wall.now()] {
        beating_ = false;
        if (!came->problem.empty()) return go_away(came->problem);
        if (came->life.emptied) return begin_anew();
        heard(sent, came->life);
      });
}

void Fleet::heard(Instant sent, const state::Claims::Life& life) {
  if (sent >= lives_until_) doubt_all();
  lives_until_ = sent + options_.life;
  away_ = false;
  figures_.problem.clear();
  look_for_gone(life.addresses);
  figures_.emulators = life.addresses;
  look_for_twins();
  confirm_next();
  if (!life.orphans.empty()) adopt_orphans(life.orphans);
}

// Everything that was kept is gone; what each emulator has here is all there is.
void Fleet::begin_anew() {
  if (std::exchange(beginning_, true)) return;
  parts_.tell("state: what was kept is gone from the store; what is here is written again\n");
  parts_.keeper.write_anew();
  const auto problem = std::make_shared<std::string>();
  worker_->run(
      [this, problem] {
        try {
          parts_.claims.go_on();
        } catch (const std::exception& fault) {
          *problem = fault.what();
        }
      },
      [this, problem] {
        beginning_ = false;
        if (!problem->empty()) return go_away(*problem);
        beat();
      });
}

void Fleet::go_away(const std::string& why) {
  figures_.problem = why;
  if (std::exchange(away_, true)) return;
  const Instant now = parts_.wall.now();
  if (told_away_ != Instant() && now - told_away_ < kSaidAgain) return;
  told_away_ = now;
  parts_.tell("state: " + why +
              ". Sandboxes that are here go on; whose the others are is not known until it answers "
              "again\n");
}

// An emulator that stands still keeps its connections, and would be waited for until it goes on.
// It may be missing for a moment only, behind a Redis that was emptied.
void Fleet::look_for_gone(const std::vector<std::string>& live) {
  const Instant now = parts_.wall.now();
  for (const std::string& address : figures_.emulators) missing_.emplace(address, now);
  for (const std::string& address : live) missing_.erase(address);
  std::erase_if(missing_, [&](const auto& one) {
    if (now - one.second < options_.life) return false;
    if (const auto place = http::host_and_port(one.first))
      parts_.forwarder.break_off(place->host, place->port);
    return true;
  });
}

// One that was at our address before us is gone soon; one that stays is somewhere else.
void Fleet::look_for_twins() {
  if (std::count(figures_.emulators.begin(), figures_.emulators.end(), address_) < 2)
    return twin_since_.reset();
  const Instant now = parts_.wall.now();
  if (!twin_since_) twin_since_ = now;
  if (now - *twin_since_ < 2 * options_.life) return;
  figures_.problem = "another emulator says as well that it is reached at " + address_ +
                     "; give each its own --peer-address";
  if (!std::exchange(told_twin_, true)) parts_.tell("state: " + figures_.problem + "\n");
}

void Fleet::doubt_all() {
  for (std::string& name : parts_.keeper.names()) doubtful_.insert(std::move(name));
  if (inboxes_here_) doubtful_.insert(state::kInboxes);
}

// Asks of one after the other, so that others have their turn between.
void Fleet::confirm_next() {
  if (confirming_ || doubtful_.empty() || away_) return;
  confirming_ = true;
  const std::string name = *doubtful_.begin();
  const auto came = std::make_shared<std::optional<state::Claims::Claimed>>();
  worker_->run(
      [this, came, name] {
        try {
          *came = parts_.claims.claim({}, name);
        } catch (const std::exception&) {
          // Asked again with the next sign of life.
        }
      },
      [this, came, name] {
        confirming_ = false;
        if (!*came) return;
        doubtful_.erase(name);
        if ((*came)->whose == state::Claims::Claimed::Whose::kTheirs) lose(name, (*came)->address);
        confirm_next();
      });
}

// What is due in sandboxes whose emulator is gone is due all the same.
void Fleet::adopt_orphans(std::vector<std::string> names) {
  while (!names.empty() && parts_.keeper.has(names.back())) names.pop_back();
  if (names.empty() || away_) return;
  const std::string name = std::move(names.back());
  names.pop_back();
  const auto came = std::make_shared<std::optional<state::Claims::Claimed>>();
  worker_->run(
      [this, came, name] {
        try {
          *came = parts_.claims.claim({}, name);
        } catch (const std::exception&) {
          // Found again with the next sign of life.
        }
      },
      [this, came, names = std::move(names)]() mutable {
        if (*came && (*came)->whose == state::Claims::Claimed::Whose::kOurs) {
          take_over(**came);
          const auto nothing = [](const std::string&) {};
          static_cast<void>(parts_.keeper.bring({(*came)->name, std::nullopt, false}, nothing));
        }
        adopt_orphans(std::move(names));
      });
}

void Fleet::refused(const std::string& name) { lose(name, ""); }

void Fleet::lose(const std::string& name, const std::string& address) {
  doubtful_.erase(name);
  const bool inboxes = name == state::kInboxes;
  if (inboxes ? !std::exchange(inboxes_here_, false) : !parts_.keeper.has(name)) return;
  ++figures_.lost;
  if (losses_.size() >= options_.most_homes) losses_.clear();
  ++losses_[name];
  bool conflict = false;
  if (inboxes)
    parts_.keeper.lose_letters();
  else
    conflict = parts_.keeper.lose(name);
  // One whose clock is just being moved goes when it is asked for again.
  if (!inboxes && parts_.keeper.has(name)) doubtful_.insert(name);
  if (!conflict) return;
  ++figures_.conflicts;
  parts_.tell("state: sandbox " + name + " is at home " +
              (address.empty() ? "at another emulator" : "at " + address) +
              " by now; what it did here since it was last written is lost\n");
}

std::uint64_t Fleet::losses_of(const std::string& name) const {
  const auto found = losses_.find(name);
  return found == losses_.end() ? 0 : found->second;
}

Fleet::Figures Fleet::figures() const {
  Figures out = figures_;
  out.away = away_;
  out.home = parts_.keeper.names().size();
  const http::Forwarder::Figures made = parts_.forwarder.figures();
  out.connections = made.connections;
  return out;
}

}  // namespace emulator::fleet
