#pragma once

#include <cstddef>
#include <string>

#include "emulator/scenario/decide.h"

namespace emulator::scenario {

// How near an occasion came to conditions that are not of counting.
struct Fit {
  std::size_t held = 0;  // conditions that held before the first that failed
  std::string failed;    // `prompt: beach (this was a cat)`; "" when all held
  bool met() const { return failed.empty(); }
};

// True when a condition is over the path of the request.
bool looks_at_path(const When& when);

// The body is looked at last; `body` is asked for it only when everything else held.
Fit fit(const When& when, Occasion occasion, const std::function<const Json*()>& body);

}  // namespace emulator::scenario
