#include "emulator/image/font.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "emulator/image/unifont/packed.h"

namespace emulator::image {
namespace {

constexpr std::size_t kBlockSize = 256;

// Letters of 256 neighbouring code points. One without places is missing.
using Block = std::array<Glyph, kBlockSize>;

constexpr Glyph kBox = {{0, 0, 0, 0x7E00, 0x4200, 0x4200, 0x4200, 0x4200, 0x4200, 0x4200, 0x4200,
                         0x4200, 0x4200, 0x7E00, 0, 0},
                        1,
                        false,
                        0};

std::string unpacked(std::string_view packed) {
  std::string out(kBlockSize * (1 + 2 * kGlyphRows), '\0');
  uLongf size = out.size();
  uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
             reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size()));
  return out;
}

std::unique_ptr<const Block> read_block(std::string_view packed) {
  auto block = std::make_unique<Block>();
  const std::string bytes = unpacked(packed);
  const auto byte = [&bytes](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::size_t at = kBlockSize;
  for (std::size_t i = 0; i < kBlockSize; ++i) {
    Glyph& glyph = (*block)[i];
    const unsigned kind = byte(i);
    glyph.places = static_cast<std::uint8_t>(kind & 3U);
    glyph.mark = (kind & 4U) != 0;
    glyph.back = static_cast<std::uint8_t>((kind >> 3) * 4);
    if (glyph.places == 0) continue;
    for (std::uint16_t& row : glyph.rows) {
      unsigned bits = static_cast<unsigned>(byte(at++)) << 8;
      if (glyph.places == 2) bits |= byte(at++);
      row = static_cast<std::uint16_t>(bits);
    }
  }
  return block;
}

// Who needs a block first unpacks it; where two do so at once, one of both is kept.
const Block& block_of(std::size_t number) {
  static std::array<std::atomic<const Block*>, kPackedFont.size()> known{};
  const Block* block = known[number].load(std::memory_order_acquire);
  if (block != nullptr) return *block;
  auto made = read_block(kPackedFont[number]);
  if (known[number].compare_exchange_strong(block, made.get(), std::memory_order_acq_rel))
    block = made.release();
  return *block;
}

const Glyph* find(char32_t code) {
  const std::size_t number = code / kBlockSize;
  if (number >= kPackedFont.size() || kPackedFont[number].empty()) return nullptr;
  const Glyph& glyph = block_of(number)[code % kBlockSize];
  return glyph.places == 0 ? nullptr : &glyph;
}

}  // namespace

const Glyph& glyph(char32_t code) {
  const Glyph* const found = find(code);
  return found == nullptr ? kBox : *found;
}

bool has_glyph(char32_t code) { return find(code) != nullptr; }

}  // namespace emulator::image
