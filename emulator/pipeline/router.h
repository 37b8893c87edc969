#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/registry.h"

namespace emulator {

// Finds out which provider a request is meant for, and where in it: by Host, by x-fal-target-url
// and x-fal-target-host, by path prefix, by a path only one provider has; in this order.
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
