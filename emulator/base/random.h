#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"

namespace emulator {

// 64-bit mixing (the finaliser of SplitMix64): every bit of the input reaches every bit out.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// FNV-1a, then mixed. The same on every machine.
constexpr std::uint64_t hash_of(std::string_view text, std::uint64_t salt = 0) {
  std::uint64_t h = 0xcbf29ce484222325u ^ mixed(salt);
  for (const char c : text) {
    h ^= static_cast<unsigned char>(c);
    h *= 0x100000001b3u;
  }
  return mixed(h);
}

// A sequence of draws that is a pure function of its key: the only source of chance. Two draws with
// equal keys are equal on any thread, in any order, tomorrow too.
class Draw {
 public:
  explicit constexpr Draw(std::uint64_t key) : state_(key) {}

  // The stream of draw number `nth` for `purpose`, apart from all other purposes and numbers.
  static constexpr Draw of(std::uint64_t seed, std::string_view purpose, std::uint64_t nth = 0) {
    return Draw(mixed(hash_of(purpose, seed) ^ mixed(nth + 1)));
  }

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    return mixed(state_);
  }
  // Evenly in [0, 1).
  constexpr double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Evenly in [0, bound); 0 for bound 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    if (bound == 0) return 0;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

 private:
  __extension__ using Wide = unsigned __int128;

  std::uint64_t state_;
};

// Ids in the forms providers use. Each takes what it needs from `draw`.
std::string hex_id(Draw& draw, int digits);   // lower case
std::string uuid_v4(Draw& draw);              // 8-4-4-4-12, lower case
std::string uuid_v7(Draw& draw, Instant at);  // its first 48 bits are `at` in ms
std::string xid(Draw& draw, Instant at);      // 20 of 0-9a-v; first 4 bytes `at` in s
std::string text_id(Draw& draw, int length, std::string_view alphabet);

}  // namespace emulator
