#include <algorithm>
#include <array>
#include <string>

#include "emulator/image/bits.h"
#include "emulator/image/bytes.h"
#include "emulator/image/checksum.h"
#include "emulator/image/metadata.h"
#include "emulator/image/picture.h"

// The file is valid to its last pixel: one bit a pixel, all black, packed as tightly as deflate
// can, about 1032 to one. 65535 x 65535 pixels take half a megabyte, and 17 GB once they are RGBA.

namespace emulator::image {
namespace {

constexpr std::uint32_t kMostBombSide = 65535;
constexpr std::uint64_t kMatch = 258;

// A prefix code of three symbols: a zero byte, the end, and "258 bytes more of the same", which is
// two 0 bits with its distance.
void put_codes(BitWriter& bits) {
  constexpr int kOrderUntilOne = 18;  // place of length 1 in the order deflate lists lengths in
  constexpr std::array<std::uint8_t, 3> kLengthOfLength = {1, 2, 2};
  constexpr std::array<Code, 3> kLengthCodes = canonical_codes(kLengthOfLength);
  bits.put(1, 1);
  bits.put(2, 2);
  bits.put(286 - 257, 5);
  bits.put(0, 5);
  bits.put(kOrderUntilOne - 4, 4);
  for (int at = 0; at < kOrderUntilOne; ++at) {
    const int length = at == 3 ? 0 : at == 15 ? 2 : at == 17 ? 1 : -1;
    bits.put(length < 0 ? 0 : kLengthOfLength[static_cast<std::size_t>(length)], 3);
  }
  for (std::size_t symbol = 0; symbol < 286; ++symbol) {
    bits.put(kLengthCodes[symbol == 0 || symbol == 256 ? 2 : symbol == 285 ? 1 : 0]);
  }
  bits.put(kLengthCodes[1]);
}

std::string packed_zeros(std::uint64_t count) {
  constexpr Code kZero{1, 2};  // 10, first bit lowest
  constexpr Code kEnd{3, 2};   // 11
  std::string out("\x78\x01", 2);
  BitWriter bits(out);
  put_codes(bits);
  const std::uint64_t matches = (count - 1) / kMatch;
  for (std::uint64_t i = matches * kMatch; i < count; ++i) bits.put(kZero);
  bits.zeros(static_cast<std::size_t>(2 * matches));
  bits.put(kEnd);
  bits.finish();
  Adler adler;
  adler.zeros(count);
  put_big32(out, adler.value());
  return out;
}

}  // namespace

std::string bomb(std::uint32_t width, std::uint32_t height) {
  width = std::clamp<std::uint32_t>(width, 1, kMostBombSide);
  height = std::clamp<std::uint32_t>(height, 1, kMostBombSide);
  std::string header;
  put_big32(header, width);
  put_big32(header, height);
  header += std::string("\x01\0\0\0\0", 5);  // one bit, grey, the usual methods, not interlaced
  const std::uint64_t line = 1 + (std::uint64_t{width} + 7) / 8;  // the first byte is the filter

  std::string out("\x89PNG\r\n\x1a\n", 8);
  put_png_chunk(out, "IHDR", header);
  put_png_chunk(out, "IDAT", packed_zeros(line * height));
  put_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace emulator::image
