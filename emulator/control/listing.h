#pragma once

#include <cstddef>
#include <cstdint>

namespace emulator::control {

// Entries in one answer of a call that lists: without `?limit=`, and the most it may ask for.
inline constexpr std::uint64_t kDefaultListed = 1'000;
inline constexpr std::uint64_t kMostListed = 100'000;

// Bytes of a kept body that an answer shows.
inline constexpr std::size_t kShownBody = 16'384;

}  // namespace emulator::control
