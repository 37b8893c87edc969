#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/loop.h"
#include "emulator/base/memory.h"
#include "emulator/base/result.h"
#include "emulator/http/client.h"
#include "emulator/http/forward.h"
#include "emulator/http/message.h"
#include "emulator/http/offload.h"
#include "emulator/http/turns.h"

namespace emulator::tls {
class Identities;
}

namespace emulator::http {

struct ServerLimits {
  std::size_t header_bytes = 64u << 10;  // request line and headers; more is answered 431
  // After removal of chunked coding; more is answered 413. There are clients that upload up to
  // 100 MB in one piece.
  std::size_t body_bytes = 128u << 20;
  std::size_t connections = 20'000;  // for a further one the longest idle goes, or it waits
  std::size_t pipelined = 32;        // requests taken in ahead of their replies, a connection
  std::chrono::milliseconds head_time{
      10'000};  // from the first byte of a request to its last header; for a TLS handshake as well
  std::chrono::milliseconds body_time{60'000};   // without any progress of a body, either way
  std::chrono::milliseconds idle_time{120'000};  // between requests
  std::size_t tunnels = 1'000;                   // passed on at once; a further one is refused
  std::chrono::milliseconds tunnel_idle_time{600'000};  // of a tunnel, without a byte either way
};

// `memory`: what connections hold is counted there, and it is asked before they take more.
struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4242;              // 0: a free one
  std::vector<std::uint16_t> more_ports;  // listened on as well
  std::string unix_socket;                // a path; when set, listens there as well
  std::chrono::milliseconds long_turn{
      50};                                // a turn of the loop that uses more is counted, and told
  const TurnClock* turn_clock = nullptr;  // null: the system's; else outlives the server
  ServerLimits limits;
  tls::Identities* identities = nullptr;  // not owned; outlives the server. Null: no TLS is spoken
  Memory* memory = nullptr;  // not owned; outlives the server. Null: nothing is counted
};

// How the protocol's own refusals (malformed request, 413, 431, 408) are answered, and what the
// last-resort 500 says when the handler throws. Also told of what posted work, timers, streams and
// WebSocket callbacks throw; nobody is answered then and the reply is dropped. On the loop thread.
using ProtocolReply = std::function<Reply(unsigned status, std::string_view why)>;

using Handler = std::function<void(std::shared_ptr<const Request>, Respond)>;

// What is done with a request to a proxy: CONNECT, or one whose target is a whole address.
struct ProxyRoute {
  enum class Kind {
    kHere,     // it means this server: a tunnel ends here, any other request is handled
    kRefused,  // `refusal` is the answer
    kJoin,     // it is passed on to `host` and `port`
  };
  Kind kind = Kind::kHere;
  Reply refusal;
  std::string host;  // a name or an address; IPv6 in brackets or without
  std::uint16_t port = 0;
  // Why an address that the host has must not be connected to; nullopt when it may. Asked on the
  // loop thread of every address.
  std::function<std::optional<std::string>(const Address&)> barred;
  // The answer when every address is barred, or no address is found; `why` is what `barred` said.
  std::function<Reply(const std::string& why)> refused;
  // The proxy that is asked to connect; "" : none is.
  std::string via_host;
  std::uint16_t via_port = 0;
  std::string via_authorization;  // the value of its `Proxy-Authorization`; "" : none
};

// The event loop and the listening side. One thread, the one that calls `run`, does everything:
// handlers and callbacks are called on it and must not block.
class Server final : public Loop {
 public:
  struct Hooks {
    Handler handle;
    ProtocolReply protocol;
    // Asked when a request head is complete with "Expect: 100-continue" or a body to come; an
    // answer here refuses the request without reading its body. Optional.
    std::function<std::optional<Reply>(const Request& head)> early;
    // Asked what is to be done with a request to a proxy, before its body has come. Optional: then
    // CONNECT is refused, and all else is handled whatever host it names.
    std::function<ProxyRoute(const Request& head)> proxy = nullptr;
    // Told of every turn of the loop that was too long. Optional.
    std::function<void(const LongTurn&)> long_turn = nullptr;
    // The answer to a request there is no memory for; nullopt lets it in all the same. Its body may
    // be missing. Optional: then it is refused with 503 by `protocol`.
    std::function<std::optional<Reply>(const std::shared_ptr<const Request>& request)> busy;
    // Told in one line, at most once a minute each: that there is no room for further connections
    // and what is done about it, and that a handshake took longer than `head_time`. Optional.
    std::function<void(const std::string& line)> crowded;
  };

  Server(ServerOptions options, Hooks hooks);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and listens; the result is `ServerOptions::port`, where it is 0 the one that was taken.
  // The failure is one line: what, where, why, remedy. Call once, before `run`.
  Result<std::uint16_t, std::string> listen();

  // Every port listened on, the first one first. Once `listen` has succeeded.
  const std::vector<std::uint16_t>& ports() const;

  // Serves until `stop`. Requests in flight are finished for at most `grace`, then cut.
  void run(std::chrono::milliseconds grace = std::chrono::milliseconds(900));

  // Ends `run`: no new connections, idle ones closed, the rest drained. Loop thread only, or
  // through `post`.
  void stop();

  void post(std::function<void()> work) override;
  std::shared_ptr<void> after(Duration wait, std::function<void()> work) override;
  // On helper threads; Offload says how.
  std::shared_ptr<void> offload(BackgroundWork work) override;
  using Loop::offload;

  // Calls `work` on the loop thread, once, when `descriptor` becomes readable. Takes the descriptor
  // over; letting go of the handle closes it and cancels. Loop thread only (or before `run`).
  std::shared_ptr<void> when_readable(int descriptor, std::function<void()> work);

  // Runs `signalled` on the loop thread at SIGINT or SIGTERM. Before `run`.
  void on_signal(std::function<void(int signal)> signalled);

  // A client that works on this loop. The server must outlive it. Loop thread only.
  std::unique_ptr<Client> client(ClientOptions client_options);

  // Passes requests on from this loop. The server must outlive it. Loop thread only.
  std::unique_ptr<Forwarder> forwarder();

  // Cuts connections whose clients have neither read nor written for five seconds, though it is
  // their turn, until so many bytes of memory are free. Loop thread only.
  void cut_stalled(std::uint64_t bytes);

  struct Figures {
    std::size_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    TurnWatch::Figures turns;
    Offload::Figures background;
    std::uint64_t let_go = 0;  // idle connections closed so that others could come in
  };
  // On the loop thread, or when nothing runs.
  Figures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator::http
