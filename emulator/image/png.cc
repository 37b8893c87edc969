#include "emulator/image/png.h"

#include <array>

#include "emulator/image/bits.h"
#include "emulator/image/bytes.h"
#include "emulator/image/checksum.h"
#include "emulator/image/deflate.h"
#include "emulator/image/metadata.h"
#include "emulator/image/runs.h"

// The first line of a row of cells is written as it is: per run one pixel, then "repeat what is
// three bytes back". The other seven are written as differences to the line above (filter "up"),
// which are zeros except at details. Zeros repeat at distance one, 258 at a time, and the prefix
// code below gives that step three bits, all of them 0: a line costs next to nothing.

namespace emulator::image {
namespace {

constexpr unsigned kFilterNone = 0;
constexpr unsigned kFilterUp = 2;
constexpr std::size_t kSymbols = kDeflateSymbols;

// Fixed beforehand rather than counted per picture; the lengths fill the code space exactly, as
// decoders demand: 1/4 + 1/16 + 255/512 + 20/128 + 8/256 + 1/512 = 1.
constexpr std::array<std::uint8_t, kSymbols> make_lengths() {
  std::array<std::uint8_t, kSymbols> lengths{};
  for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
    lengths[symbol] = symbol < 257 ? 9 : symbol < 265 ? 8 : 7;
  }
  lengths[0] = 4;
  lengths[kSymbols - 1] = 2;
  return lengths;
}

constexpr std::array<std::uint8_t, kSymbols> kLengths = make_lengths();
constexpr std::array<Code, kSymbols> kCodes = canonical_codes(kLengths);

constexpr std::array<std::uint8_t, 3> kDistanceLengths = {1, 0, 1};  // distances 1, 2, 3
constexpr Code kDistance1{0, 1};
constexpr Code kDistance3{1, 1};
static_assert(kCodes[kSymbols - 1].bits == 0, "the longest match is all zero bits");
constexpr int kLongestMatchBits = kCodes[kSymbols - 1].length + kDistance1.length;

// How a match of each length is written, less its distance.
constexpr std::array<Code, kLongestMatch + 1> make_matches() {
  std::array<Code, kLongestMatch + 1> matches{};
  for (int length = kShortestMatch; length < kLongestMatch; ++length) {
    const MatchLength parts = match_length(length);
    const Code code = kCodes[parts.symbol];
    matches[static_cast<std::size_t>(length)] = {code.bits | parts.rest << code.length,
                                                 code.length + parts.rest_bits};
  }
  matches[kLongestMatch] = kCodes[kSymbols - 1];
  return matches;
}

constexpr std::array<Code, kLongestMatch + 1> kMatches = make_matches();

// Header of a last block with codes of its own.
void put_block_header(BitWriter& bits) {
  constexpr std::array<std::uint8_t, 19> kLengthOfLength = [] {
    std::array<std::uint8_t, 19> lengths{};
    for (const std::size_t used : {0U, 1U, 2U, 4U, 7U, 8U, 9U, 16U}) lengths[used] = 3;
    return lengths;
  }();
  constexpr std::array<Code, 19> kLengthCodes = canonical_codes(kLengthOfLength);
  bits.put(1, 1);  // the last block
  bits.put(2, 2);  // with codes of its own
  bits.put(kLengths.size() - 257, 5);
  bits.put(kDistanceLengths.size() - 1, 5);
  bits.put(kLengthOfLength.size() - 4, 4);
  for (const std::uint8_t symbol : kCodeLengthOrder) bits.put(kLengthOfLength[symbol], 3);
  for (const std::uint8_t length : kLengths) bits.put(kLengthCodes[length]);
  for (const std::uint8_t length : kDistanceLengths) bits.put(kLengthCodes[length]);
}

std::array<Code, 256> pixel_codes(const Palette& palette) {
  std::array<Code, 256> codes{};
  for (std::size_t i = 0; i < palette.size(); ++i) {
    const Code r = kCodes[palette[i].r];
    const Code g = kCodes[palette[i].g];
    const Code b = kCodes[palette[i].b];
    codes[i] = {r.bits | g.bits << r.length | b.bits << (r.length + g.length),
                r.length + g.length + b.length};
  }
  return codes;
}

class Pixels {
 public:
  Pixels(const Cells& cells, std::string& out)
      : cells_(cells), bits_(out), colours_(pixel_codes(cells.palette)) {
    put_block_header(bits_);
  }

  void write(Pace& pace) {
    Band band;
    for (int row = 0; row < cells_.rows; ++row) {
      pace.go_on();
      read_band(cells_, row, band);
      const int lines = std::min(kCell, cells_.height - row * kCell);
      first_line(band);
      for (int line = 1; line < lines; ++line) {
        filter(kFilterUp);
        if (band.flat) {
          unchanged(cells_.width);
        } else {
          next_line(band, line);
        }
      }
    }
    bits_.put(kCodes[kEndOfBlock]);
    bits_.finish();
  }

  std::uint32_t adler() const { return adler_.value(); }

 private:
  void filter(unsigned type) {
    bits_.put(kCodes[type]);
    adler_.byte(type);
  }

  void first_line(const Band& band) {
    filter(kFilterNone);
    for (const Span& span : band.spans) {
      const Detail& detail = span.detail;
      if (detail.mask == 0) {
        coloured(detail.back, span.pixels);
        continue;
      }
      split_bits(mask_line(detail.mask, 0), span.pixels, [&](int, int length, bool front) {
        coloured(front ? detail.front : detail.back, length);
      });
    }
  }

  void next_line(const Band& band, int line) {
    int same = 0;
    for (const Span& span : band.spans) {
      const Detail& detail = span.detail;
      const unsigned now = mask_line(detail.mask, line);
      const unsigned changed = now ^ mask_line(detail.mask, line - 1);
      if (changed == 0) {
        same += span.pixels;
        continue;
      }
      split_bits(changed, span.pixels, [&](int at, int length, bool change) {
        if (!change) {
          same += length;
          return;
        }
        unchanged(same);
        same = 0;
        split_bits(now >> at, length,
                   [&](int, int part, bool front) { differing(detail, front, part); });
      });
    }
    unchanged(same);
  }

  void coloured(Index index, int count) {
    bits_.put(colours_[index]);
    const Rgb colour = cells_.palette[index];
    adler_.pixels(colour.r, colour.g, colour.b, static_cast<std::uint64_t>(count));
    repeated(3 * (count - 1), kDistance3);
  }

  void differing(const Detail& detail, bool to_front, int count) {
    const Rgb to = cells_.palette[to_front ? detail.front : detail.back];
    const Rgb from = cells_.palette[to_front ? detail.back : detail.front];
    const auto difference = [](int a, int b) { return static_cast<std::uint8_t>(a - b); };
    const std::uint8_t r = difference(to.r, from.r);
    const std::uint8_t g = difference(to.g, from.g);
    const std::uint8_t b = difference(to.b, from.b);
    bits_.put(kCodes[r]);
    bits_.put(kCodes[g]);
    bits_.put(kCodes[b]);
    adler_.pixels(r, g, b, static_cast<std::uint64_t>(count));
    repeated(3 * (count - 1), kDistance3);
  }

  void unchanged(int pixels) {
    if (pixels == 0) return;
    adler_.zeros(3 * static_cast<std::uint64_t>(pixels));
    bits_.put(kCodes[0]);
    repeated(3 * pixels - 1, kDistance1);
  }

  // Repeats the last byte, or the last three, over `length` more bytes.
  void repeated(int length, Code distance) {
    const int whole = length < kLongestMatch ? 0 : length / kLongestMatch;
    if (distance.bits == kDistance1.bits) {
      const int bits = whole * kLongestMatchBits;
      bits_.zeros(static_cast<std::size_t>(bits));
    } else {
      for (int i = 0; i < whole; ++i) {
        bits_.put(kMatches[kLongestMatch]);
        bits_.put(distance);
      }
    }
    const int rest = length - whole * kLongestMatch;
    if (rest >= kShortestMatch) {
      const Code match = kMatches[static_cast<std::size_t>(rest)];
      bits_.put(match.bits | distance.bits << match.length, match.length + distance.length);
    } else {
      // One or two bytes are too short for a match. Only zeros leave such a rest: the other runs
      // and 258 are multiples of three.
      for (int i = 0; i < rest; ++i) bits_.put(kCodes[0]);
    }
  }

  const Cells& cells_;
  BitWriter bits_;
  Adler adler_;
  std::array<Code, 256> colours_;
};

}  // namespace

std::string png_head(int width, int height) {
  std::string header;
  put_big32(header, static_cast<std::uint32_t>(width));
  put_big32(header, static_cast<std::uint32_t>(height));
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, RGB, the usual methods, not interlaced

  std::string out("\x89PNG\r\n\x1a\n", 8);
  out.reserve(1U << 17);
  put_png_chunk(out, "IHDR", header);
  return out;
}

std::string write_png(const Cells& cells, const std::string& chunks, Pace& pace) {
  std::string out = png_head(cells.width, cells.height);
  out += chunks;

  const std::size_t start = out.size();
  out += std::string("\0\0\0\0IDAT\x78\x01", 10);
  Pixels pixels(cells, out);
  pixels.write(pace);
  put_big32(out, pixels.adler());
  const std::string_view typed = std::string_view(out).substr(start + 4);
  std::string length;
  put_big32(length, static_cast<std::uint32_t>(typed.size() - 4));
  const std::uint32_t crc = crc32(typed);
  out.replace(start, 4, length);
  put_big32(out, crc);
  put_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace emulator::image
