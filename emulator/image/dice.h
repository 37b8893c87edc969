#pragma once

#include <cstdint>

namespace emulator::image {

// Numbers that follow from a hash (SplitMix64): the scene's only source of variety, equal on every
// compiler and machine.
class Dice {
 public:
  explicit Dice(std::uint64_t hash) : state_(hash) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  // From `low` to `high`, both included.
  int between(int low, int high) {
    const auto span = static_cast<std::uint64_t>(std::int64_t{high} - low + 1);
    return low + static_cast<int>((next() >> 33) % span);
  }

  bool one_in(int n) { return between(1, n) == 1; }

 private:
  std::uint64_t state_;
};

}  // namespace emulator::image
