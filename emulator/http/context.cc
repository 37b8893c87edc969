#include "emulator/http/context.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace emulator::http {
namespace {

using std::chrono::milliseconds;

// How often the time limits are looked at: often enough that the shortest is kept to a quarter.
milliseconds watch_interval(const ServerLimits& limits) {
  const milliseconds shortest = std::min({limits.head_time, limits.body_time, limits.idle_time});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(250));
}

}  // namespace

Context::Context(const ServerLimits& server_limits, Server::Hooks server_hooks,
                 Memory* server_memory)
    : limits(server_limits),
      hooks(std::move(server_hooks)),
      memory(server_memory),
      watch_(io.get_executor()) {}

Context::~Context() = default;

void Context::tell_slow_handshake() {
  const auto now = SteadyClock::now();
  if (!hooks.crowded || (told_slow_handshake_ && now - *told_slow_handshake_ < kSaidAgain)) return;
  told_slow_handshake_ = now;
  hooks.crowded("a client did not finish its TLS handshake within " +
                std::to_string(limits.head_time.count()) +
                " ms (--head-time) and is let go; others are not told of for a minute");
}

void Context::add(std::shared_ptr<Peer> peer) {
  peer->place_ = peers_.size();
  peers_.push_back(std::move(peer));
  connections.store(peers_.size(), std::memory_order_relaxed);
  count(accepted);
  if (!watching_) watch();
}

void Context::remove(Peer& peer) {
  const std::shared_ptr<Peer> leaving = std::move(peers_[peer.place_]);
  if (peer.place_ + 1 != peers_.size()) {
    peers_.back()->place_ = peer.place_;
    peers_[peer.place_] = std::move(peers_.back());
  }
  peers_.pop_back();
  connections.store(peers_.size(), std::memory_order_relaxed);
  if (peer_left) peer_left();
}

void Context::replace(Peer& peer, std::shared_ptr<Peer> by) {
  by->place_ = peer.place_;
  peers_[peer.place_] = std::move(by);
}

void Context::for_each(const std::function<void(Peer&)>& visit) {
  // From the end, because a visited peer may leave and the last one then takes its place.
  for (std::size_t i = peers_.size(); i-- > 0;) {
    if (i >= peers_.size()) continue;
    const std::shared_ptr<Peer> peer = peers_[i];
    visit(*peer);
  }
}

// Looking at every peer for each newcomer would let newcomers take up the loop: one look finds
// those that the next ones replace as well.
void Context::find_idle() {
  constexpr std::size_t kFound = 64;
  const auto longer = [](const Idle& a, const Idle& b) { return a.since < b.since; };
  idle_.clear();
  for (const auto& peer : peers_) {
    const auto since = peer->idle_since();
    if (!since || (idle_.size() == kFound && *since >= idle_.front().since)) continue;
    if (idle_.size() == kFound) {
      std::pop_heap(idle_.begin(), idle_.end(), longer);
      idle_.pop_back();
    }
    idle_.push_back({*since, peer});
    std::push_heap(idle_.begin(), idle_.end(), longer);
  }
  std::sort(idle_.begin(), idle_.end(),
            [](const Idle& a, const Idle& b) { return a.since > b.since; });
}

bool Context::let_idle_go() {
  for (const bool fresh : {false, true}) {
    if (fresh) find_idle();
    while (!idle_.empty()) {
      const Idle longest = std::move(idle_.back());
      idle_.pop_back();
      const auto peer = longest.peer.lock();
      if (!peer || !peer->leave_if_idle(longest.since)) continue;
      count(let_go);
      return true;
    }
  }
  return false;
}

void Context::cut_stalled(std::uint64_t bytes) {
  constexpr std::chrono::seconds kPatience(5);
  const auto now = SteadyClock::now();
  std::vector<Idle> stalled;
  for (const auto& peer : peers_)
    if (const auto since = peer->stalled_since(); since && now - *since > kPatience)
      stalled.push_back({*since, peer});
  std::sort(stalled.begin(), stalled.end(),
            [](const Idle& a, const Idle& b) { return a.since < b.since; });
  const std::uint64_t goal = memory->total() - std::min(bytes, memory->total());
  for (const Idle& one : stalled) {
    if (memory->total() <= goal) return;
    if (const auto peer = one.peer.lock()) peer->cut();
  }
}

char* Context::scratch() {
  if (!scratch_) scratch_ = std::make_unique<char[]>(kScratch);
  return scratch_.get();
}

char* Context::opened_room() {
  if (!opened_) opened_ = std::make_unique<char[]>(kOpened);
  return opened_.get();
}

Resolver& Context::resolver() {
  if (!resolver_) resolver_ = std::make_unique<Resolver>(io);
  return *resolver_;
}

void Context::report(std::string_view what) const {
  if (hooks.protocol) static_cast<void>(hooks.protocol(500, what));
}

void Context::watch() {
  watching_ = !peers_.empty();
  if (!watching_) return;
  watch_.expires_after(watch_interval(limits));
  watch_.async_wait([this](const ErrorCode& error) {
    if (error) return;
    const SteadyClock::time_point now = SteadyClock::now();
    for_each([now](Peer& peer) { peer.check(now); });
    watch();
  });
}

}  // namespace emulator::http
