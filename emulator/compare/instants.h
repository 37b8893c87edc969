#pragma once

#include <optional>
#include <string_view>

#include "emulator/base/clock.h"

namespace emulator::compare {

// A time as recorders write it: RFC 3339 with an offset in any of its spellings, or a `Date`
// header. nullopt for anything else.
std::optional<Instant> instant_of(std::string_view text);

}  // namespace emulator::compare
