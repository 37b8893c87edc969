#pragma once

#include <cstddef>
#include <cstdint>

// Numbers of the deflate format (RFC 1951) that its writers here share.

namespace emulator::image {

inline constexpr std::size_t kDeflateSymbols = 286;  // bytes, the end of a block, lengths
inline constexpr std::size_t kEndOfBlock = 256;
inline constexpr int kShortestMatch = 3;
inline constexpr int kLongestMatch = 258;

// The symbol of a match's length, and the bits behind it.
struct MatchLength {
  std::size_t symbol = 0;
  std::uint32_t rest = 0;
  int rest_bits = 0;
};

constexpr MatchLength match_length(int length) {
  if (length == kLongestMatch) return {kDeflateSymbols - 1, 0, 0};
  const auto offset = static_cast<std::uint32_t>(length - kShortestMatch);
  int bits = 0;
  while ((offset >> bits) >= 8) ++bits;
  return {257 + static_cast<std::size_t>(bits) * 4 + (offset >> bits), offset & ((1U << bits) - 1),
          bits};
}

// The order in which a block lists the lengths of the code for code lengths.
inline constexpr std::uint8_t kCodeLengthOrder[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                      11, 4,  12, 3, 13, 2, 14, 1, 15};

}  // namespace emulator::image
