#include "emulator/image/webp.h"

#include <array>
#include <bit>

#include "emulator/image/bits.h"
#include "emulator/image/bytes.h"
#include "emulator/image/runs.h"

// Lossless WebP with a palette: a pixel is an index of one byte. A run is one pixel and "copy from
// the left"; the lines below it are "copy from above", 4096 pixels at a time.

namespace emulator::image {
namespace {

constexpr std::size_t kIndices = 256;
constexpr std::size_t kLengthSymbols = 24;
constexpr std::size_t kGreenSymbols = kIndices + kLengthSymbols;
constexpr int kLongestCopy = 4096;

// Fixed beforehand; the lengths fill the code space: 256/512 + 8/32 + 16/64 = 1.
constexpr std::array<std::uint8_t, kGreenSymbols> make_lengths() {
  std::array<std::uint8_t, kGreenSymbols> lengths{};
  for (std::size_t symbol = 0; symbol < kGreenSymbols; ++symbol) {
    lengths[symbol] = symbol < kIndices ? 9 : 6;
  }
  // Copies of 1, 2, 3, of 7 to 64 in the commonest places, and of 4096.
  for (const std::size_t length : {0U, 1U, 2U, 5U, 7U, 8U, 9U, 23U}) lengths[kIndices + length] = 5;
  return lengths;
}

constexpr std::array<std::uint8_t, kGreenSymbols> kLengths = make_lengths();
constexpr std::array<Code, kGreenSymbols> kCodes = canonical_codes(kLengths);
constexpr Code kFromAbove{0, 1};  // distance code 1
constexpr Code kFromLeft{1, 1};   // distance code 2

// The order in which the lengths of the code for code lengths are listed.
constexpr std::array<std::uint8_t, 19> kOrder = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                 7,  8,  9, 10, 11, 12, 13, 14, 15};

// A prefix code given by its lengths.
template <std::size_t N, std::size_t Used>
void put_code(BitWriter& bits, const std::array<std::uint8_t, N>& lengths,
              const std::array<std::uint8_t, Used>& used,
              const std::array<std::uint8_t, Used>& lengths_of_used) {
  std::array<std::uint8_t, 19> of_lengths{};
  for (std::size_t i = 0; i < Used; ++i) of_lengths[used[i]] = lengths_of_used[i];
  const std::array<Code, 19> codes = canonical_codes(of_lengths);
  bits.put(0, 1);  // not a simple code
  bits.put(kOrder.size() - 4, 4);
  for (const std::uint8_t symbol : kOrder) bits.put(of_lengths[symbol], 3);
  bits.put(0, 1);  // lengths for all symbols follow
  for (const std::uint8_t length : lengths) bits.put(codes[length]);
}

// A code of one symbol, which then takes no bits; or of two, one bit each.
void put_single(BitWriter& bits, std::uint32_t symbol) {
  bits.put(1, 1);
  bits.put(0, 1);
  bits.put(1, 1);
  bits.put(symbol, 8);
}

void put_pair(BitWriter& bits, std::uint32_t first, std::uint32_t second) {
  bits.put(1, 1);
  bits.put(1, 1);
  bits.put(1, 1);
  bits.put(first, 8);
  bits.put(second, 8);
}

// Every byte in eight bits.
constexpr std::array<Code, kIndices> make_byte_codes() {
  std::array<std::uint8_t, kIndices> lengths{};
  lengths.fill(8);
  return canonical_codes(lengths);
}

// The palette: itself a picture one line high, each colour as the difference to the one before.
void put_palette(BitWriter& bits, const Palette& palette) {
  constexpr std::array<Code, kIndices> kBytes = make_byte_codes();
  constexpr std::array<std::uint8_t, 2> kUsed = {0, 8};
  constexpr std::array<std::uint8_t, 2> kOneBit = {1, 1};
  std::array<std::uint8_t, kIndices> plain{};
  plain.fill(8);
  std::array<std::uint8_t, kGreenSymbols> green{};
  std::fill_n(green.begin(), kIndices, std::uint8_t{8});

  bits.put(0, 1);  // no colour cache
  put_code(bits, green, kUsed, kOneBit);
  put_code(bits, plain, kUsed, kOneBit);
  put_code(bits, plain, kUsed, kOneBit);
  put_pair(bits, 0, 255);  // alpha: 255 for the first colour, no difference after
  put_single(bits, 0);     // no distances
  Rgb before{};
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const Rgb colour = palette[i];
    bits.put(kBytes[static_cast<std::uint8_t>(colour.g - before.g)]);
    bits.put(kBytes[static_cast<std::uint8_t>(colour.r - before.r)]);
    bits.put(kBytes[static_cast<std::uint8_t>(colour.b - before.b)]);
    bits.put(i == 0 ? 1 : 0, 1);
    before = colour;
  }
}

void put_header(BitWriter& bits, const Cells& cells) {
  bits.put(0x2F, 8);
  bits.put(static_cast<std::uint64_t>(cells.width - 1), 14);
  bits.put(static_cast<std::uint64_t>(cells.height - 1), 14);
  bits.put(0, 1);  // no alpha
  bits.put(0, 3);  // version
  bits.put(1, 1);  // a transform:
  bits.put(3, 2);  // a palette
  bits.put(kIndices - 1, 8);
  put_palette(bits, cells.palette);
  bits.put(0, 1);  // no further transform
  bits.put(0, 1);  // no colour cache
  bits.put(0, 1);  // one set of codes for the whole picture
  constexpr std::array<std::uint8_t, 3> kUsed = {5, 6, 9};
  constexpr std::array<std::uint8_t, 3> kUsedLengths = {2, 2, 1};
  put_code(bits, kLengths, kUsed, kUsedLengths);
  put_single(bits, 0);
  put_single(bits, 0);
  put_single(bits, 255);
  put_pair(bits, 0, 1);  // distances: above, left
}

class Pixels {
 public:
  Pixels(const Cells& cells, BitWriter& bits) : cells_(cells), bits_(bits) {}

  void write(Pace& pace) {
    Band band;
    for (int row = 0; row < cells_.rows; ++row) {
      pace.go_on();
      read_band(cells_, row, band);
      const int lines = std::min(kCell, cells_.height - row * kCell);
      first_line(band);
      if (band.flat) {
        above_ += (lines - 1) * cells_.width;
      } else {
        for (int line = 1; line < lines; ++line) next_line(band, line);
      }
      flush_above();
    }
  }

 private:
  void first_line(const Band& band) {
    for (const Span& span : band.spans) {
      split_bits(mask_line(span.detail.mask, 0), std::min(span.pixels, kCell),
                 [&](int, int length, bool front) {
                   const bool whole = span.detail.mask == 0;
                   run(front ? span.detail.front : span.detail.back, whole ? span.pixels : length);
                 });
    }
  }

  void next_line(const Band& band, int line) {
    for (const Span& span : band.spans) {
      const Detail& detail = span.detail;
      const unsigned now = mask_line(detail.mask, line);
      const unsigned changed = now ^ mask_line(detail.mask, line - 1);
      if (changed == 0) {
        above_ += span.pixels;
        continue;
      }
      split_bits(changed, span.pixels, [&](int at, int length, bool change) {
        if (!change) {
          above_ += length;
          return;
        }
        split_bits(now >> at, length, [&](int, int part, bool front) {
          run(front ? detail.front : detail.back, part);
        });
      });
    }
  }

  void run(Index index, int pixels) {
    flush_above();
    bits_.put(kCodes[index]);
    if (pixels > 1) copy(pixels - 1, kFromLeft);
  }

  void flush_above() {
    if (above_ > 0) copy(above_, kFromAbove);
    above_ = 0;
  }

  void copy(int pixels, Code distance) {
    for (; pixels > 0; pixels -= kLongestCopy) {
      const auto length = static_cast<unsigned>(std::min(pixels, kLongestCopy) - 1);
      if (length < 4) {
        bits_.put(kCodes[kIndices + length]);
      } else {
        const int extra = static_cast<int>(std::bit_width(length)) - 2;
        const auto symbol = static_cast<unsigned>(2 * extra) + (length >> extra);
        bits_.put(kCodes[kIndices + symbol]);
        bits_.put(length & ((1U << extra) - 1), extra);
      }
      bits_.put(distance);
    }
  }

  const Cells& cells_;
  BitWriter& bits_;
  int above_ = 0;  // pixels that equal those above them, not yet written
};

}  // namespace

std::string write_vp8l(const Cells& cells, Pace& pace) {
  std::string out("VP8L\0\0\0\0", 8);
  out.reserve(1U << 16);
  BitWriter bits(out);
  put_header(bits, cells);
  Pixels(cells, bits).write(pace);
  bits.finish();
  std::string size;
  put_little32(size, static_cast<std::uint32_t>(out.size() - 8));
  out.replace(4, 4, size);
  if (out.size() % 2 != 0) out += '\0';
  return out;
}

}  // namespace emulator::image
