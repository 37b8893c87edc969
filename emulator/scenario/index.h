#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/scenario/when.h"

namespace emulator::scenario {

// What can be said about a text at a glance: which groups of three letters occur in it (hashed, so
// some are thought to that do not), and its first eight bytes.
class Glance {
 public:
  static constexpr std::size_t kGroups = 4096;

  void look_at(std::string_view text);
  bool may_have(std::uint16_t group) const { return groups_[group]; }

 private:
  std::bitset<kGroups> groups_;
};

// A rule a request may meet, with as much of its conditions as takes a nanosecond to look at. What
// does not pass certainly fails a condition; what passes is looked at in earnest.
struct Candidate {
  static constexpr std::uint16_t kNone = 0xFFFF;

  std::uint64_t endpoint = 0, endpoint_mask = 0;      // what the endpoint begins with
  std::array<std::uint16_t, 2> prompt{kNone, kNone};  // groups of letters the prompt must have
  std::uint32_t rule = 0;
};

// Which rules a request can meet at all, by provider and by what it asks for, so that the others
// are not looked at.
struct Index {
  struct List {
    std::vector<Candidate> candidates;  // in the order of the file
    bool prompts = false;               // some have groups of letters
    bool bodies = false;                // some ask for the body
  };
  using ByOn = std::array<List, kOnWords.size()>;

  std::map<std::string, ByOn, std::less<>> named;  // of providers that rules name
  ByOn others;                                     // of all other providers

  const List& of(std::string_view provider, On on) const;
};

Index index_of(const std::vector<Rule>& rules);

// The first eight bytes of an endpoint, to compare with Candidate::endpoint under its mask.
std::uint64_t first_bytes(std::string_view text);

}  // namespace emulator::scenario
