#include "emulator/base/random.h"

#include <array>

namespace emulator {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

std::string dashed(const std::array<std::uint8_t, 16>& bytes) {
  std::string text(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = kHex[bytes[i] >> 4];
    text[at++] = kHex[bytes[i] & 15];
  }
  return text;
}

std::array<std::uint8_t, 16> sixteen(Draw& draw) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t word = draw.next();
    for (std::size_t i = 0; i < 8; ++i)
      bytes[half * 8 + i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
  }
  return bytes;
}

}  // namespace

std::string hex_id(Draw& draw, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 16 == 0) word = draw.next();
    text[i] = kHex[(word >> 60) & 15];
    word <<= 4;
  }
  return text;
}

std::string uuid_v4(Draw& draw) {
  std::array<std::uint8_t, 16> bytes = sixteen(draw);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return dashed(bytes);
}

std::string uuid_v7(Draw& draw, Instant at) {
  std::array<std::uint8_t, 16> bytes = sixteen(draw);
  const auto ms =
      static_cast<std::uint64_t>(std::chrono::duration_cast<Millis>(at.time_since_epoch()).count());
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return dashed(bytes);
}

std::string xid(Draw& draw, Instant at) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuv";
  const auto seconds = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
  std::array<std::uint8_t, 12> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
  const std::uint64_t rest = draw.next();
  for (std::size_t i = 0; i < 8; ++i) bytes[4 + i] = static_cast<std::uint8_t>(rest >> (8 * i));
  // 96 bits in groups of five, the last group padded with four zero bits.
  std::string text;
  text.reserve(20);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kAlphabet[(pending >> bits) & 31];
    }
  }
  text += kAlphabet[(pending << (5 - bits)) & 31];
  return text;
}

std::string text_id(Draw& draw, int length, std::string_view alphabet) {
  std::string text(static_cast<std::size_t>(length), '\0');
  for (char& c : text) c = alphabet[draw.below(alphabet.size())];
  return text;
}

}  // namespace emulator
