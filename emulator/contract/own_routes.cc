#include "emulator/contract/own_routes.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace emulator::contract {
namespace {

bool is_own(const Route& route) { return route.on == On::kAccount || route.on == On::kUpload; }

bool has(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Route* named(const std::vector<Route>& routes, std::string_view name) {
  const auto found = std::find_if(routes.begin(), routes.end(),
                                  [&](const Route& route) { return route.name == name; });
  return found == routes.end() ? nullptr : &*found;
}

std::string kind_of(const Route& route) { return "`on: " + std::string(to_string(route.on)) + "`"; }

// A route with no handler is most often a slip of the name of one that code answers.
void check_route(Problems& problems, const Place& place, const Route& route,
                 const std::vector<Route>& routes, std::span<const std::string_view> answered) {
  if (!is_own(route)) {
    if (!route.emulated)
      problems.add(place, "the route " + in_quotes(route.name) + " is " + kind_of(route) +
                              ": `emulated: false` is for calls of the provider's own, `on: "
                              "account` and `on: upload`");
    if (has(answered, route.name))
      problems.add(place, "the route " + in_quotes(route.name) + " is " + kind_of(route) +
                              ", and the emulator's code answers it as a call of the provider's "
                              "own: it is `on: account` or `on: upload`");
    return;
  }
  if (!route.emulated || has(answered, route.name)) return;
  std::vector<std::string> free;
  for (const std::string_view name : answered)
    if (named(routes, name) == nullptr) free.emplace_back(name);
  problems.add(
      place,
      "no code answers the route " + in_quotes(route.name) + " (" + kind_of(route) +
          "); with `emulated: false` in it the answer is a scenario's `reply`, or else 501",
      route.name, free);
}

}  // namespace

void check_own_routes(Problems& problems, const Part& routes, const std::vector<Route>& read,
                      std::span<const std::string_view> answered) {
  if (!routes.is_mapping()) return;
  for (std::size_t i = 0; i < read.size(); ++i)
    check_route(problems, (*routes.entries)[i].place, read[i], read, answered);
  std::vector<std::string> names;
  names.reserve(read.size());
  for (const Route& route : read) names.push_back(route.name);
  for (std::size_t i = 0; i < answered.size(); ++i) {
    if (named(read, answered[i]) == nullptr)
      problems.add(routes.place,
                   "\"routes\" has no " + in_quotes(answered[i]) +
                       ", a call that the emulator's code answers",
                   answered[i], names);
    if (has(answered.first(i), answered[i]))
      problems.add(routes.place,
                   "the emulator's code answers the route " + in_quotes(answered[i]) + " twice");
  }
}

}  // namespace emulator::contract
