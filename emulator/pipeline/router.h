#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/registry.h"

namespace emulator {

// What a request that came to a proxy is meant for, as a header says.
struct ProxyTarget {
  std::uint16_t provider = 0;
  std::string door;
  std::string scheme, authority, path, query;
};

// The first of the contracts' `target_headers` that leads to a provider's host; nullopt when none
// of them does. The request's own host goes before it, which is not looked at here.
std::optional<ProxyTarget> target_of(const Registry& registry, const http::Request& request);

// The address a request names in a header that holds one, as it is written, wherever it leads; ""
// where it names none, or came to a provider's own host. Lives with the request.
std::string_view named_target(const Registry& registry, const http::Request& request);

// Finds out which provider a request is meant for, and where in it: by Host, by a header that names
// a target, by path prefix, by a path only one provider has; in this order.
class Router {
 public:
  // `public_url`, when not empty, is the origin of every link handed out.
  Router(Registry& registry, std::string public_url);

  // nullopt when no provider is meant. `route`, `captured`, `allowed` are not set yet: they need
  // the provider's contract (`find_route`).
  std::optional<Call> find(std::shared_ptr<const http::Request> request) const;

  // Whether `host[:port]` is a host of a provider, or its name below localhost.
  bool names_a_provider(std::string_view authority) const;

 private:
  Registry& registry_;
  std::string public_url_;
};

// Sets route, captured and allowed from the contract. A route with an endpoint's id in its path
// counts only where the contract has that endpoint.
void find_route(Call& call, const contract::Contract& contract);

}  // namespace emulator
