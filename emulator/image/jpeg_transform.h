#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/image/jpeg_codes.h"

// The cosine transform of a block of black and white pixels (jpeg.cc only).
namespace emulator::image::jpeg {

// The cosine transform in 16 bits, so that a compiler can do eight at once: every product keeps its
// upper half, which for eight bits a sample is exact enough.
using Short = std::int16_t;

constexpr Short upper_half(Short a, Short b) {
  return static_cast<Short>((std::int32_t{a} * std::int32_t{b}) >> 16);
}

// Half of cos(u (2x + 1) pi / 16), times 65536; for u = 0 it is half of sqrt(1/2).
constexpr std::array<std::array<Short, 8>, 8> make_cosines() {
  constexpr Short kQuarter[] = {32767, 32138, 30274, 27246, 23170, 18205, 12540, 6393, 0};
  std::array<std::array<Short, 8>, 8> cosines{};
  for (int u = 0; u < 8; ++u) {
    for (int x = 0; x < 8; ++x) {
      const int angle = u * (2 * x + 1) % 32;
      const int folded = angle > 16 ? 32 - angle : angle;
      const int value = folded > 8 ? -kQuarter[16 - folded] : kQuarter[folded];
      cosines[static_cast<std::size_t>(u)][static_cast<std::size_t>(x)] =
          static_cast<Short>(u == 0 ? 23170 : value);
    }
  }
  return cosines;
}
inline constexpr std::array<std::array<Short, 8>, 8> kCosines = make_cosines();

// The transform of each line of eight black or white pixels, times 4096.
inline constexpr int kPatternBits = 12;
constexpr std::array<std::array<Short, 8>, 256> make_line_transforms() {
  std::array<std::array<Short, 8>, 256> lines{};
  for (std::size_t bits = 0; bits < 256; ++bits) {
    for (std::size_t u = 0; u < 8; ++u) {
      std::int32_t sum = 0;
      for (std::size_t x = 0; x < 8; ++x) sum += (bits >> x & 1U) != 0 ? kCosines[u][x] : 0;
      lines[bits][u] = static_cast<Short>(sum / (1 << (16 - kPatternBits)));
    }
  }
  return lines;
}
inline constexpr std::array<std::array<Short, 8>, 256> kLineTransforms = make_line_transforms();

using Block = std::array<Short, kBlock>;

// The transform of a mask whose pixels are 0 and 1, times 4096, in the order of the file. The first
// coefficient is left to others: it does not fit.
inline void transform(std::uint64_t mask, Block& out) {
  Block block;
  for (std::size_t v = 0; v < 8; ++v) {
    std::array<Short, 8> sums{};
    for (std::size_t y = 0; y < 8; ++y) {
      const std::array<Short, 8>& line = kLineTransforms[mask >> (8 * y) & 0xFFU];
      const Short cosine = kCosines[v][y];
      for (std::size_t u = 0; u < 8; ++u) {
        sums[u] = static_cast<Short>(sums[u] + upper_half(line[u], cosine));
      }
    }
    for (std::size_t u = 0; u < 8; ++u) block[v * 8 + u] = sums[u];
  }
  for (std::size_t place = 0; place < kBlock; ++place) out[place] = block[kZigzag[place]];
}

}  // namespace emulator::image::jpeg
