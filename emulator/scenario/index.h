#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/scenario/when.h"

namespace emulator::scenario {

// Which rules a request can meet at all, by provider and by what it asks for, so that the others
// are not looked at.
struct Index {
  using ByOn = std::array<std::vector<std::uint32_t>, kOnWords.size()>;

  std::map<std::string, ByOn, std::less<>> named;  // of providers that rules name
  ByOn others;                                     // of all other providers

  const std::vector<std::uint32_t>& of(std::string_view provider, On on) const;
};

Index index_of(const std::vector<Rule>& rules);

}  // namespace emulator::scenario
