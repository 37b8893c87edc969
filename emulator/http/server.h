#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/base/result.h"
#include "emulator/http/client.h"
#include "emulator/http/message.h"
#include "emulator/http/offload.h"
#include "emulator/http/turns.h"

namespace emulator::http {

struct ServerLimits {
  std::size_t header_bytes = 64u << 10;  // request line and headers; more is answered 431
  std::size_t body_bytes = 64u << 20;    // after removal of chunked coding; more is answered 413
  std::size_t connections = 20'000;      // further ones wait in the kernel's queue
  std::size_t pipelined = 32;            // requests taken in ahead of their replies, a connection
  std::chrono::milliseconds head_time{
      10'000};  // from the first byte of a request to its last header
  std::chrono::milliseconds body_time{60'000};   // without any progress of a body, either way
  std::chrono::milliseconds idle_time{120'000};  // between requests
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4242;  // 0: a free one
  std::string unix_socket;    // a path; when set, listens there as well
  std::chrono::milliseconds long_turn{
      50};                                // a turn of the loop that uses more is counted, and told
  const TurnClock* turn_clock = nullptr;  // null: the system's; else outlives the server
  ServerLimits limits;
};

// How the protocol's own refusals (malformed request, 413, 431, 408) are answered, and what the
// last-resort 500 says when the handler throws. Also told of what posted work, timers, streams and
// WebSocket callbacks throw; nobody is answered then and the reply is dropped. On the loop thread.
using ProtocolReply = std::function<Reply(unsigned status, std::string_view why)>;

using Handler = std::function<void(std::shared_ptr<const Request>, Respond)>;

// The event loop and the listening side. One thread, the one that calls `run`, does everything:
// handlers and callbacks are called on it and must not block.
class Server {
 public:
  struct Hooks {
    Handler handle;
    ProtocolReply protocol;
    // Asked when a request head is complete with "Expect: 100-continue" or a body to come; an
    // answer here refuses the request without reading its body. Optional.
    std::function<std::optional<Reply>(const Request& head)> early;
    // Told of every turn of the loop that was too long. Optional.
    std::function<void(const LongTurn&)> long_turn = nullptr;
  };

  Server(ServerOptions options, Hooks hooks);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and listens. The failure is one line: what, where, why, remedy. Call once, before `run`.
  Result<std::uint16_t, std::string> listen();

  // Serves until `stop`. Requests in flight are finished for at most `grace`, then cut.
  void run(std::chrono::milliseconds grace = std::chrono::milliseconds(900));

  // Ends `run`: no new connections, idle ones closed, the rest drained. Loop thread only, or
  // through `post`.
  void stop();

  // Runs `work` on the loop thread soon. Thread-safe.
  void post(std::function<void()> work);

  // Calls `work` on the loop thread once `wait` of wall time has passed. Returns a handle; letting
  // go of it cancels. Loop thread only (or before `run`).
  std::shared_ptr<void> after(std::chrono::nanoseconds wait, std::function<void()> work);

  // Runs `signalled` on the loop thread at SIGINT or SIGTERM. Before `run`.
  void on_signal(std::function<void(int signal)> signalled);

  // Runs work on helper threads (Offload says how). Letting go of the handle gives it up. Loop
  // thread only.
  std::shared_ptr<void> offload(BackgroundWork work);
  // The same of short work that nobody gives up and that has no owner.
  void offload(std::function<void()> work, std::function<void()> done);

  // A client that works on this loop. The server must outlive it. Loop thread only.
  std::unique_ptr<Client> client(ClientOptions client_options);

  struct Figures {
    std::size_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    TurnWatch::Figures turns;
    Offload::Figures background;
  };
  // On the loop thread, or when nothing runs.
  Figures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator::http
