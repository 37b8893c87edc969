#include "emulator/image/jpeg.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "emulator/image/bytes.h"
#include "emulator/image/jpeg_bits.h"
#include "emulator/image/jpeg_codes.h"
#include "emulator/image/jpeg_transform.h"

// A cell is a JPEG block. One of a single colour is its mean and "nothing more"; where its left
// neighbour has the same colour, that is two 0 bits a component. A detail is transformed once, as a
// black and white block, and its three components are multiples of that.

namespace emulator::image {
namespace {

using namespace jpeg;

// What a detail's coefficients are written as, for each component; all but the first, which follows
// from what is around.
struct Known {
  Detail detail;
  std::array<Stretch, kComponents> bits;
};

std::int64_t divided(std::int64_t value, std::int64_t by) {
  return (value + (value < 0 ? -by : by) / 2) / by;
}

class Encoder {
 public:
  Encoder(const Cells& cells, int quality, std::string& out)
      : cells_(cells), scan_(out), quantizers_{scaled(kLuma, quality), scaled(kChroma, quality)} {
    for (std::size_t i = 0; i < cells.palette.size(); ++i) set_colour(i, cells.palette[i]);
    for (std::size_t table = 0; table < 2; ++table) {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const int inverse = (1 << kInverseBits) / quantizers_[table][kZigzag[i]];
        inverse_[table][i] = static_cast<Short>(std::min(inverse, 32767));
      }
    }
  }

  const Quantizers& quantizers(std::size_t table) const { return quantizers_[table]; }

  void write(Pace& pace) {
    for (int row = 0; row < cells_.rows; ++row) {
      pace.go_on();
      const std::uint16_t* const values = cells_.row_of(row);
      for (int column = 0; column < cells_.columns;) {
        const std::uint16_t value = values[column];
        if (!is_flat(value)) {
          put_detail(cells_.details[value - 256U]);
          ++column;
          continue;
        }
        put_flat(value);
        const int first = column++;
        while (column < cells_.columns && values[column] == value) ++column;
        scan_.zeros((column - first - 1) * kBitsAsBefore);
      }
    }
    scan_.finish();
  }

 private:
  static constexpr int kColourBits = 16;
  static constexpr int kInverseBits = 15;
  static constexpr int kBitsAsBefore = 2 * static_cast<int>(kComponents);
  using Triple = std::array<std::int32_t, kComponents>;

  static std::size_t table_of(std::size_t component) { return component == 0 ? 0 : 1; }

  // JFIF's colours, less 128, in 1/65536.
  void set_colour(std::size_t index, Rgb colour) {
    const std::int32_t r = colour.r;
    const std::int32_t g = colour.g;
    const std::int32_t b = colour.b;
    exact_[index] = {19595 * r + 38470 * g + 7471 * b - (128 << kColourBits),
                     -11059 * r - 21709 * g + 32768 * b, 32768 * r - 27439 * g - 5329 * b};
    for (std::size_t c = 0; c < kComponents; ++c) means_[index][c] = mean(c, exact_[index][c]);
  }

  // A block's first coefficient is eight times its mean.
  std::int32_t mean(std::size_t component, std::int64_t exact) const {
    const std::int64_t step = std::int64_t{quantizers_[table_of(component)][0]} << kColourBits;
    return static_cast<std::int32_t>(divided(8 * exact, step));
  }

  void put_mean(std::size_t component, std::int32_t value) {
    const std::int32_t place = value - before_[component] + kMostStep;
    before_[component] = value;
    scan_.put(kSteps[static_cast<std::size_t>(place)]);
  }

  void put_flat(std::uint16_t index) {
    const Triple& means = means_[index];
    for (std::size_t c = 0; c < kComponents; ++c) {
      put_mean(c, means[c]);
      scan_.put(kSymbolCodes[kEndOfBlock]);
    }
  }

  // Letters come again and again, so what was once worked out for a detail is kept.
  void put_detail(const Detail& detail) {
    Known& known = known_[place_of(detail)];
    if (known.detail.mask != detail.mask || known.detail.front != detail.front ||
        known.detail.back != detail.back)
      work_out(detail, known);
    const int front_pixels = std::popcount(detail.mask);
    for (std::size_t c = 0; c < kComponents; ++c) {
      const std::int64_t back = exact_[detail.back][c];
      const std::int64_t contrast = exact_[detail.front][c] - back;
      put_mean(c, mean(c, back + contrast * front_pixels / 64));
      const Stretch& bits = known.bits[c];
      for (std::size_t i = 0; i < bits.words; ++i) scan_.put(words_[bits.first + i], 32);
      scan_.put(bits.rest, bits.rest_bits);
    }
  }

  static std::size_t place_of(const Detail& detail) {
    const std::uint64_t colours = std::uint64_t{detail.front} << 8 | detail.back;
    return static_cast<std::size_t>((detail.mask ^ colours << 24) * 0x9E3779B97F4A7C15U >> 54);
  }

  void work_out(const Detail& detail, Known& known) {
    known.detail = detail;
    Block pattern;
    transform(detail.mask, pattern);
    for (std::size_t c = 0; c < kComponents; ++c) {
      const std::int64_t contrast = std::int64_t{exact_[detail.front][c]} - exact_[detail.back][c];
      const auto levels = static_cast<std::int32_t>(divided(contrast, 1 << kColourBits));
      Collected bits(words_, known.bits[c]);
      put_pattern(pattern, levels, table_of(c), bits);
      bits.finish();
    }
  }

  // All coefficients but the first.
  static void put_values(const Block& values, Collected& bits) {
    constexpr std::size_t kGroup = 4;  // most are zeros, so they are passed by in groups
    int zeros = -1;                    // the first coefficient is not in this list
    for (std::size_t first = 0; first < kBlock; first += kGroup) {
      std::uint64_t group = 0;
      std::memcpy(&group, values.data() + first, sizeof(group));
      if (group == 0) {
        zeros += kGroup;
        continue;
      }
      for (std::size_t place = first; place < first + kGroup; ++place) {
        const int value = values[place];
        if (value == 0) {
          ++zeros;
          continue;
        }
        for (; zeros > 15; zeros -= 16) bits.put(kSymbolCodes[kSixteenZeros]);
        const int size = size_of_value(value);
        const Code code = kSymbolCodes[static_cast<std::size_t>(zeros << 4 | size)];
        bits.put({code.bits << size | value_bits(value, size), code.length + size});
        zeros = 0;
      }
    }
    if (zeros > 0) bits.put(kSymbolCodes[kEndOfBlock]);
  }

  void put_pattern(const Block& pattern, std::int32_t levels, std::size_t table,
                   Collected& bits) const {
    if (levels == 0) return bits.put(kSymbolCodes[kEndOfBlock]);
    constexpr int kLevelBits = 7;
    constexpr int kRestBits = kPatternBits + kLevelBits - 16 + kInverseBits - 16;  // for rounding
    const auto contrast = static_cast<Short>(levels * (1 << kLevelBits));
    const Block& inverse = inverse_[table];
    alignas(16) Block values;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const Short scaled_up = upper_half(upper_half(pattern[i], contrast), inverse[i]);
      values[i] = static_cast<Short>((scaled_up + (1 << (kRestBits - 1))) >> kRestBits);
    }
    values[0] = 0;
    put_values(values, bits);
  }

  const Cells& cells_;
  Scan scan_;
  std::array<Quantizers, 2> quantizers_;
  std::array<Block, 2> inverse_{};  // in the order of the file
  std::array<Triple, 256> exact_{};
  std::array<Triple, 256> means_{};
  Triple before_{};
  std::vector<Known> known_ = std::vector<Known>(1024);
  std::vector<std::uint32_t> words_;  // of what is known, each once
};

void put_quantizers(std::string& out, std::uint32_t number, const Quantizers& table) {
  put_big16(out, 0xFFDB);
  put_big16(out, 2 + 1 + kBlock);
  put_byte(out, number);
  for (const std::uint8_t place : kZigzag) put_byte(out, static_cast<std::uint32_t>(table[place]));
}

void put_codes(std::string& out, std::uint32_t number, const std::array<Code, 256>& codes) {
  std::string counts;
  std::string symbols;
  for (int length = 1; length <= 16; ++length) {
    const std::size_t before = symbols.size();
    for (std::uint32_t symbol = 0; symbol < codes.size(); ++symbol) {
      if (codes[symbol].length == length) put_byte(symbols, symbol);
    }
    put_byte(counts, static_cast<std::uint32_t>(symbols.size() - before));
  }
  put_big16(out, 0xFFC4);
  put_big16(out, static_cast<std::uint32_t>(2 + 1 + counts.size() + symbols.size()));
  put_byte(out, number);
  out += counts + symbols;
}

void put_frame(std::string& out, const Cells& cells) {
  put_big16(out, 0xFFC0);
  put_big16(out, 2 + 6 + 3 * kComponents);
  put_byte(out, 8);  // bits a sample
  put_big16(out, static_cast<std::uint32_t>(cells.height));
  put_big16(out, static_cast<std::uint32_t>(cells.width));
  put_byte(out, kComponents);
  for (std::uint32_t c = 0; c < kComponents; ++c) {
    put_byte(out, c + 1);
    put_byte(out, 0x11);  // not subsampled
    put_byte(out, c == 0 ? 0 : 1);
  }
}

void put_scan_header(std::string& out) {
  put_big16(out, 0xFFDA);
  put_big16(out, 2 + 4 + 2 * kComponents);
  put_byte(out, kComponents);
  for (std::uint32_t c = 0; c < kComponents; ++c) {
    put_byte(out, c + 1);
    put_byte(out, 0);  // all use the same codes
  }
  out += std::string("\x00\x3F\x00", 3);  // all coefficients in one go
}

}  // namespace

std::string write_jpeg(const Cells& cells, int quality, const std::string& segments, Pace& pace) {
  std::string out("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00", 20);
  out.reserve(1U << 17);
  out += segments;
  Encoder encoder(cells, quality, out);
  put_quantizers(out, 0, encoder.quantizers(0));
  put_quantizers(out, 1, encoder.quantizers(1));
  put_frame(out, cells);
  put_codes(out, 0x00, kMeanCodes);
  put_codes(out, 0x10, kSymbolCodes);
  put_scan_header(out);
  encoder.write(pace);
  put_big16(out, 0xFFD9);
  return out;
}

}  // namespace emulator::image
