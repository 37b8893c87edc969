#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// Times that were seen at a real provider, under a name that `queue` and `run` accept.
struct Profile {
  std::string_view name;
  std::optional<Span> queue, run;  // not set where nobody has published a figure
  std::string_view source;         // which records, how many, of when
};

const std::vector<Profile>& profiles();

}  // namespace emulator::scenario
