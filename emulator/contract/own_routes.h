#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/contract/part.h"

namespace emulator::contract {

// Holds the routes of a contract against the calls that code answers, by the names of both. Every
// route that is a call of the provider's own (`on: account` and `on: upload`) has a handler or says
// `emulated: false`; every handler has such a route. What is otherwise is a problem with its place.
// `routes` is the mapping that `read` was made of.
void check_own_routes(Problems& problems, const Part& routes, const std::vector<Route>& read,
                      std::span<const std::string_view> answered);

}  // namespace emulator::contract
