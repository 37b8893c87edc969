#include "emulator/image/jpeg.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "emulator/image/bytes.h"

// A cell is a JPEG block. One of a single colour is its mean and "nothing more"; where its left
// neighbour has the same colour, that is two 0 bits a component. A detail is transformed once, as a
// black and white block, and its three components are multiples of that.

namespace emulator::image {
namespace {

constexpr std::size_t kComponents = 3;  // Y, Cb, Cr
constexpr std::size_t kBlock = 64;

constexpr std::array<std::uint8_t, kBlock> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// The tables of the standard's annex K, row by row, which every encoder scales by quality.
constexpr std::array<std::uint8_t, kBlock> kLuma = {
    16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
    14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
    18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
constexpr std::array<std::uint8_t, kBlock> kChroma = {
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
    99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

using Quantizers = std::array<std::int32_t, kBlock>;

Quantizers scaled(const std::array<std::uint8_t, kBlock>& table, int quality) {
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

constexpr int kMeanSizes = 12;
constexpr int mean_code_length(int size) { return size == 0 ? 1 : size <= 3 ? 3 : 7; }

constexpr int kEndOfBlock = 0x00;
constexpr int kSixteenZeros = 0xF0;
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
constexpr std::array<Code, 256> kMeanCodes = make_codes(is_mean_size, mean_code_length);
constexpr std::array<Code, 256> kSymbolCodes = make_codes(is_symbol, symbol_code_length);

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
constexpr int kMostStep = 2047;
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
constexpr std::array<Code, 2 * kMostStep + 1> kSteps = make_steps();

// Bits with the first one highest, and a 0 byte behind each of 255.
class Scan {
 public:
  explicit Scan(std::string& out) : out_(out) {}

  // At most 32 bits a call.
  void put(std::uint32_t bits, int count) {
    held_ = held_ << count | bits;
    used_ += count;
    if (used_ >= 32) store();
  }
  void put(Code code) { put(code.bits, code.length); }

  void zeros(int count) {
    for (; count > 32; count -= 32) put(0, 32);
    put(0, count);
  }

  void finish() {
    const int missing = (8 - used_ % 8) % 8;
    put((1U << missing) - 1, missing);
    for (; used_ > 0; used_ -= 8) byte(held_ >> (used_ - 8));
    flush();
  }

 private:
  void store() {
    used_ -= 32;
    const auto word = static_cast<std::uint32_t>(held_ >> used_);
    const bool has_255 = ((word & ~(word + 0x01010101U)) & 0x80808080U) != 0;
    if (has_255) {
      for (int shift = 24; shift >= 0; shift -= 8) byte(word >> shift);
    } else {
      char* const at = buffer_.data() + filled_;
      at[0] = static_cast<char>(word >> 24);
      at[1] = static_cast<char>(word >> 16 & 0xFF);
      at[2] = static_cast<char>(word >> 8 & 0xFF);
      at[3] = static_cast<char>(word & 0xFF);
      filled_ += 4;
    }
    if (filled_ + 16 > buffer_.size()) flush();
  }
  void byte(std::uint64_t value) {
    buffer_[filled_++] = static_cast<char>(value & 0xFF);
    if ((value & 0xFF) == 0xFF) buffer_[filled_++] = '\0';
  }
  void flush() {
    out_.append(buffer_.data(), filled_);
    filled_ = 0;
  }

  std::string& out_;
  std::uint64_t held_ = 0;
  int used_ = 0;
  std::size_t filled_ = 0;
  std::array<char, 4096> buffer_;
};

// Bits that are kept, to be put many times: whole words of 32, and what is left.
struct Stretch {
  std::size_t first = 0;  // of the words
  std::size_t words = 0;
  std::uint32_t rest = 0;
  int rest_bits = 0;
};

// Appends bits to a list of words.
class Collected {
 public:
  Collected(std::vector<std::uint32_t>& words, Stretch& out) : words_(words), out_(out) {
    out_.first = words.size();
  }

  void put(Code code) {
    held_ = held_ << code.length | code.bits;
    used_ += code.length;
    if (used_ < 32) return;
    used_ -= 32;
    words_.push_back(static_cast<std::uint32_t>(held_ >> used_));
  }

  void finish() {
    out_.words = words_.size() - out_.first;
    out_.rest = static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << used_) - 1));
    out_.rest_bits = used_;
  }

 private:
  std::vector<std::uint32_t>& words_;
  Stretch& out_;
  std::uint64_t held_ = 0;
  int used_ = 0;
};

// What a detail's coefficients are written as, for each component; all but the first, which follows
// from what is around.
struct Known {
  Detail detail;
  std::array<Stretch, kComponents> bits;
};

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
constexpr std::array<std::array<Short, 8>, 8> kCosines = make_cosines();

// The transform of each line of eight black or white pixels, times 4096.
constexpr int kPatternBits = 12;
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
constexpr std::array<std::array<Short, 8>, 256> kLineTransforms = make_line_transforms();

using Block = std::array<Short, kBlock>;

// The transform of a mask whose pixels are 0 and 1, times 4096, in the order of the file. The first
// coefficient is left to others: it does not fit.
void transform(std::uint64_t mask, Block& out) {
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
