#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/http/message.h"

namespace emulator::http {

// A request that is passed on to another server of ours.
struct Forward {
  std::string host;  // a name or an address; IPv6 in brackets or without
  std::uint16_t port = 0;
  std::shared_ptr<const Request> request;
  Headers extra;  // sent behind the request's own
};

// Passes requests on over connections that are kept for the next one, and their answers back as
// they come: bodies piece by piece, and what goes wrong with them as well (a connection that ends
// without an answer, or in the middle of one). Whoever asked and leaves breaks it off. Loop thread
// only; goes before its server.
class Forwarder {
 public:
  virtual ~Forwarder() = default;
  // Passes it on; later either `respond` is called, or `failed`, in words, when no connection came
  // about and the other server has seen nothing of it. A request for a WebSocket gets a connection
  // of its own, which its client's becomes one with.
  virtual void pass(Forward forward, Respond respond,
                    std::function<void(const std::string& why)> failed) = 0;

  // That server is taken for gone: whatever is under way to it breaks off as if it had ended.
  virtual void break_off(const std::string& host, std::uint16_t port) = 0;

  struct Figures {
    std::uint64_t passed = 0;       // requests
    std::uint64_t connections = 0;  // made for them
    std::size_t open = 0;           // of those now
  };
  virtual Figures figures() const = 0;
};

}  // namespace emulator::http
