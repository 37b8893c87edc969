#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/http/outgoing.h"
#include "emulator/http/server.h"

namespace emulator::http {

// What is said of an exception that does not derive from std::exception.
inline constexpr std::string_view kUnknownFault = "an exception of unknown type";

// One accepted connection, whatever it speaks. Kept alive by the Context until it leaves.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;
  // Enforces the time limits. Called now and then.
  virtual void check(SteadyClock::time_point now) = 0;
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
  Context(const ServerLimits& server_limits, Server::Hooks server_hooks);
  ~Context();

  void add(std::shared_ptr<Peer> peer);
  // Forgets a peer that has left.
  void remove(Peer& peer);
  // Puts one peer in the place of another, which has handed over its socket.
  void replace(Peer& peer, std::shared_ptr<Peer> by);
  void for_each(const std::function<void(Peer&)>& visit);
  bool full() const { return peers_.size() >= limits.connections; }
  bool empty() const { return peers_.empty(); }

  // Room for one read, used up before the loop turns.
  char* scratch();
  static constexpr std::size_t kScratch = 64u << 10;

  // Reports a fault of ours that no request can be answered with.
  void report(std::string_view what) const;

  asio::io_context io{1};
  const ServerLimits limits;
  const Server::Hooks hooks;
  TurnWatch* turns = nullptr;  // of the loop, while it runs
  bool draining = false;
  // Replies on their way to one socket, gathered and sent before anything else happens.
  Outgoing batch;
  const Peer* batch_of = nullptr;  // whose replies they are
  // Called after a peer was removed.
  std::function<void()> peer_left;

  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> requests{0};

 private:
  void watch();

  std::vector<std::shared_ptr<Peer>> peers_;
  std::unique_ptr<char[]> scratch_;
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
