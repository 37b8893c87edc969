#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/http/address.h"
#include "emulator/http/asio.h"

namespace emulator::http {

// Addresses of host names. The system's lookup blocks, for many seconds when a name server does not
// answer, so it is done on threads of its own: at most four, none while there is nothing to look
// up. To be used on the thread of the given loop only.
class Resolver {
 public:
  struct Found {
    std::vector<Address> addresses;
    std::string error;  // why there is none; else ""
  };

  explicit Resolver(asio::io_context& io);
  // Waits for nobody: a lookup under way ends unheard.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Addresses, and `localhost` with everything below it, need no lookup; nullopt for other names.
  // `host` may be an IPv6 address in brackets.
  static std::optional<std::vector<Address>> known(const std::string& host);

  // Looks another name up. Calls `done` on the loop thread, never before this returns.
  void find(const std::string& host, std::function<void(Found)> done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace emulator::http
