#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

// The tables of a JPEG file: the order of coefficients, how coarsely they are kept, and the prefix
// codes they are written in (jpeg.cc only).
namespace emulator::image::jpeg {

inline constexpr std::size_t kComponents = 3;  // Y, Cb, Cr
inline constexpr std::size_t kBlock = 64;

inline constexpr std::array<std::uint8_t, kBlock> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// The tables of the standard's annex K, row by row, which every encoder scales by quality.
inline constexpr std::array<std::uint8_t, kBlock> kLuma = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
inline constexpr std::array<std::uint8_t, kBlock> kChroma = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

using Quantizers = std::array<std::int32_t, kBlock>;

inline Quantizers scaled(const std::array<std::uint8_t, kBlock>& table, int quality) {
  const int bounded = std::clamp(quality, 1, 100);
  const int percent = bounded < 50 ? 5000 / bounded : 200 - 2 * bounded;
  Quantizers out{};
  for (std::size_t i = 0; i < kBlock; ++i) {
    out[i] = std::clamp((table[i] * percent + 50) / 100, 1, 255);
  }
  return out;
}

// Prefix codes of ours, as the standard lets an encoder choose. Symbol 0, "as before" in the table
// of means and "nothing more" in the other, is a single 0 bit; the rest share what is left.
struct Code {
  std::uint32_t bits = 0;
  int length = 0;
};

inline constexpr int kMeanSizes = 12;
constexpr int mean_code_length(int size) { return size == 0 ? 1 : size <= 3 ? 3 : 7; }

inline constexpr int kEndOfBlock = 0x00;
inline constexpr int kSixteenZeros = 0xF0;
constexpr bool is_symbol(int symbol) {
  const int size = symbol & 15;
  return symbol == kEndOfBlock || symbol == kSixteenZeros || (size >= 1 && size <= 10);
}
constexpr int symbol_code_length(int symbol) {
  if (symbol == kEndOfBlock) return 1;
  const int zeros = symbol >> 4;
  const int size = symbol & 15;
  if (zeros <= 1 && size >= 1 && size <= 5) return 5;
  return 10;
}

template <typename Is, typename Length>
constexpr std::array<Code, 256> make_codes(Is is, Length length_of) {
  std::array<Code, 256> codes{};
  std::uint32_t next = 0;
  for (int length = 1; length <= 16; ++length, next <<= 1) {
    for (int symbol = 0; symbol < 256; ++symbol) {
      if (!is(symbol) || length_of(symbol) != length) continue;
      codes[static_cast<std::size_t>(symbol)] = {next++, length};
    }
  }
  return codes;
}

constexpr bool is_mean_size(int symbol) { return symbol < kMeanSizes; }
inline constexpr std::array<Code, 256> kMeanCodes = make_codes(is_mean_size, mean_code_length);
inline constexpr std::array<Code, 256> kSymbolCodes = make_codes(is_symbol, symbol_code_length);

constexpr bool code_space_suffices(const std::array<Code, 256>& codes) {
  std::uint32_t taken = 0;  // in 1/65536; a code of all ones must stay free
  for (const Code& code : codes) taken += code.length > 0 ? 65536U >> code.length : 0;
  return taken < 65536;
}
static_assert(code_space_suffices(kMeanCodes) && code_space_suffices(kSymbolCodes));

// A value after its size: negative ones count from below.
constexpr std::uint32_t value_bits(int value, int size) {
  return static_cast<std::uint32_t>(value < 0 ? value + (1 << size) - 1 : value);
}

constexpr int size_of_value(int value) {
  // A cast, because older libraries return the type that was asked about.
  return static_cast<int>(std::bit_width(static_cast<std::uint32_t>(value < 0 ? -value : value)));
}

// A step from one mean to the next, its size and its value.
inline constexpr int kMostStep = 2047;
constexpr std::array<Code, 2 * kMostStep + 1> make_steps() {
  std::array<Code, 2 * kMostStep + 1> steps{};
  for (int step = -kMostStep; step <= kMostStep; ++step) {
    const int size = size_of_value(step);
    const Code code = kMeanCodes[static_cast<std::size_t>(size)];
    const int place = step + kMostStep;
    steps[static_cast<std::size_t>(place)] = {code.bits << size | value_bits(step, size),
                                              code.length + size};
  }
  return steps;
}
inline constexpr std::array<Code, 2 * kMostStep + 1> kSteps = make_steps();

}  // namespace emulator::image::jpeg
