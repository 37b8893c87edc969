#pragma once

#include <span>
#include <string_view>

#include "emulator/scenario/reader.h"

namespace emulator::scenario {

// The keys at the top of a scenario file; see keys.h.
struct TopKey {
  std::string_view name;
  void (*read)(Reader& reader, const yaml::Node& value, Scenario& scenario);
  std::string_view about;
};

std::span<const TopKey> top_keys();

}  // namespace emulator::scenario
