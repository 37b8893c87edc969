#include "emulator/image/checksum.h"

#include <array>
#include <cstddef>

namespace emulator::image {
namespace {

constexpr std::size_t kStep = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kStep>;

// Row n: what a byte adds to the checksum when n more bytes follow it in the same step.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    tables[0][i] = value;
  }
  for (std::size_t n = 1; n < kStep; ++n) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t shorter = tables[n - 1][i];
      tables[n][i] = (shorter >> 8) ^ tables[0][shorter & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  const auto byte = [&bytes](std::size_t at) {
    return std::uint32_t{static_cast<unsigned char>(bytes[at])};
  };
  const auto word = [&byte](std::size_t at) {
    return byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
  };
  std::size_t at = 0;
  for (; at + kStep <= bytes.size(); at += kStep) {
    const std::uint32_t low = crc ^ word(at);
    const std::uint32_t high = word(at + 4);
    crc = kTables[7][low & 0xFFU] ^ kTables[6][low >> 8 & 0xFFU] ^ kTables[5][low >> 16 & 0xFFU] ^
          kTables[4][low >> 24] ^ kTables[3][high & 0xFFU] ^ kTables[2][high >> 8 & 0xFFU] ^
          kTables[1][high >> 16 & 0xFFU] ^ kTables[0][high >> 24];
  }
  for (; at < bytes.size(); ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ byte(at)) & 0xFFU];
  return ~crc;
}

}  // namespace emulator::image
