#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "emulator/app/proxy_before.h"
#include "emulator/app/reach.h"
#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/compare/recording.h"
#include "emulator/config/config.h"
#include "emulator/http/client.h"
#include "emulator/http/server.h"
#include "emulator/pipeline/registry.h"

namespace emulator {

// Stands between a command and the real providers. It is reached as an emulator is, by TLS and as a
// proxy, and sends what was meant for a provider's host on to that very host, with whatever key it
// has; the answer goes back once it is whole. Everything else passes through unread.
class Relay {
 public:
  // All of it outlives this.
  struct Parts {
    const ServeConfig& config;
    const RecordConfig& limits;
    const Registry& registry;
    const WallClock& wall;
    std::function<void(const std::string& line)> tell;
    // Told of every exchange, on the loop thread. `why`: there was no answer (its status is 0).
    std::function<void(compare::Recorded exchange, const std::string& why)> record;
  };
  explicit Relay(Parts parts);
  ~Relay();

  // Listens on a free port of this machine. "" or why not, in one line.
  std::string open();
  std::string url() const;
  // The certificate of the CA in use, as PEM; the failure is one line. Before `run`.
  Result<std::string, std::string> ca_pem() { return reach_.ca_pem(); }

  // Serves until `stop`, which any thread may call. What is still on the way then is recorded as
  // unanswered.
  void run();
  void stop();

 private:
  // One request that was sent on.
  struct Sent {
    std::shared_ptr<const http::Request> request;
    std::string host;
    std::string url;  // as the client would type it
    Instant at;
    http::Respond respond;
    std::shared_ptr<void> handle;
  };

  void handle(const std::shared_ptr<const http::Request>& request, http::Respond respond);
  void send_on(Sent sent, std::uint16_t port);
  void take(const Sent& sent, http::Receipt receipt);
  void broken_off();
  bool is_provider(const std::string& host) const;

  Parts parts_;
  Reach reach_;
  ProxyBefore before_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
  std::map<std::uint64_t, Sent> on_the_way_;  // gone before the client
  std::uint64_t count_ = 0;
};

}  // namespace emulator
