#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/http/outgoing.h"
#include "emulator/http/resolve.h"
#include "emulator/http/server.h"
#include "emulator/tls/identities.h"

namespace emulator::http {

// What is said of an exception that does not derive from std::exception.
inline constexpr std::string_view kUnknownFault = "an exception of unknown type";

// How long nothing is said again that would be said of every connection.
inline constexpr std::chrono::minutes kSaidAgain{1};

// One accepted connection, whatever it speaks. Kept alive by the Context until it leaves.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;
  // Enforces the time limits. Called now and then.
  virtual void check(SteadyClock::time_point now) = 0;
  // Since when it has had nothing to do; nullopt for one that is in the middle of something.
  virtual std::optional<SteadyClock::time_point> idle_since() const { return std::nullopt; }
  // Leaves if it is still idle since then and nothing has come meanwhile. True when it has left.
  virtual bool leave_if_idle(SteadyClock::time_point) { return false; }
  // Since when the other side has not moved though it is its turn; nullopt where it is not.
  virtual std::optional<SteadyClock::time_point> stalled_since() const { return std::nullopt; }
  // Finish what is in flight, then leave.
  virtual void drain() = 0;
  // Leave now.
  virtual void cut() = 0;

 private:
  friend struct Context;
  std::size_t place_ = 0;  // among the context's peers
};

// What all connections of one server share. Everything here belongs to the loop thread, except for
// the figures, which anybody may read.
struct Context {
  Context(const ServerLimits& server_limits, Server::Hooks server_hooks, Memory* server_memory);
  ~Context();

  void add(std::shared_ptr<Peer> peer);
  // Forgets a peer that has left.
  void remove(Peer& peer);
  // Puts one peer in the place of another, which has handed over its socket.
  void replace(Peer& peer, std::shared_ptr<Peer> by);
  void for_each(const std::function<void(Peer&)>& visit);
  bool full() const { return peers_.size() >= limits.connections; }
  // Has the peer leave that was idle for the longest time. False when none is idle.
  bool let_idle_go();
  bool empty() const { return peers_.empty(); }

  // Tells, at most once a minute, that a TLS handshake took too long.
  void tell_slow_handshake();

  // Room for one read, used up before the loop turns.
  char* scratch();
  static constexpr std::size_t kScratch = 64u << 10;

  // Room for one record of TLS once it is opened, used up before the loop turns.
  char* opened_room();
  static constexpr std::size_t kOpened = tls::Session::kRecord;

  // Whether a connection may take so many bytes more.
  bool room_for(std::size_t bytes) const { return memory == nullptr || memory->room_for(bytes); }
  // Cuts connections whose clients have neither read nor written for a while until so many bytes
  // are free: the longest stalled first.
  void cut_stalled(std::uint64_t bytes);

  // Reports a fault of ours that no request can be answered with.
  void report(std::string_view what) const;

  asio::io_context io{1};
  const ServerLimits limits;
  const Server::Hooks hooks;
  tls::Identities* identities = nullptr;  // null: no TLS is spoken
  TurnWatch* turns = nullptr;             // of the loop, while it runs
  Memory* const memory;                   // null: nothing is counted
  bool draining = false;
  // Replies on their way to one socket, gathered and sent before anything else happens.
  Outgoing batch;
  const Peer* batch_of = nullptr;  // whose replies they are
  // Looks up the hosts of tunnels; made at first need.
  Resolver& resolver();
  std::size_t tunnels = 0;  // open now, or about to be
  // Called after a peer was removed.
  std::function<void()> peer_left;

  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> let_go{0};  // idle ones, for others to come in

 private:
  void watch();

  struct Idle {
    SteadyClock::time_point since;
    std::weak_ptr<Peer> peer;
  };
  void find_idle();

  std::vector<std::shared_ptr<Peer>> peers_;
  std::vector<Idle> idle_;  // the longest idle of a while ago, the very longest last
  std::optional<SteadyClock::time_point> told_slow_handshake_;
  std::unique_ptr<char[]> scratch_;
  std::unique_ptr<char[]> opened_;
  std::unique_ptr<Resolver> resolver_;
  // Time limits are enforced by looking at every connection at times. A timer for each would cost
  // more with every request than this costs in a second; nobody connected, nothing wakes up.
  Timer watch_;
  bool watching_ = false;
};

// Counts on the one thread that writes, without the price of a locked addition.
template <class Number>
void count(std::atomic<Number>& figure) {
  figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace emulator::http
