#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/base/memory.h"
#include "emulator/base/result.h"
#include "emulator/http/client.h"
#include "emulator/http/message.h"

namespace emulator::http {

struct ServerLimits {
  std::size_t header_bytes = 64u << 10;  // request line and headers; more is answered 431
  std::size_t body_bytes = 64u << 20;    // after removal of chunked coding; more is answered 413
  std::size_t connections = 20'000;      // for a further one the longest idle goes, or it waits
  std::size_t pipelined = 32;            // requests taken in ahead of their replies, a connection
  std::chrono::milliseconds head_time{
      10'000};  // from the first byte of a request to its last header
  std::chrono::milliseconds body_time{60'000};   // without any progress of a body, either way
  std::chrono::milliseconds idle_time{120'000};  // between requests
};

// `memory`: what connections hold is counted there, and it is asked before they take more.
struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4242;  // 0: a free one
  std::string unix_socket;    // a path; when set, listens there as well
  ServerLimits limits;
  Memory* memory = nullptr;  // not owned; outlives the server. Null: nothing is counted
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
    // The answer to a request there is no memory for; nullopt lets it in all the same. Its body may
    // be missing. Optional: then it is refused with 503 by `protocol`.
    std::function<std::optional<Reply>(const std::shared_ptr<const Request>& request)> busy;
    // Told, at most once a minute, in one line, that there is no room for further connections and
    // what is done about it. Optional.
    std::function<void(const std::string& line)> crowded;
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

  // Runs `work` on a helper thread, then `done` on the loop thread. `work` must be a pure function
  // of what it captured; when it throws, `done` is not called. At most `hardware threads - 1`, at
  // least 1, run at a time; the rest wait.
  void offload(std::function<void()> work, std::function<void()> done);

  // A client that works on this loop. The server must outlive it. Loop thread only.
  std::unique_ptr<Client> client(ClientOptions client_options);

  // Cuts connections whose clients have neither read nor written for five seconds, though it is
  // their turn, until so many bytes of memory are free. Loop thread only.
  void cut_stalled(std::uint64_t bytes);

  struct Figures {
    std::size_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    std::uint64_t let_go = 0;  // idle connections closed so that others could come in
  };
  Figures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator::http
