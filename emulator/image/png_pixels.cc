#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <string_view>
#include <vector>

#include "emulator/image/bits.h"
#include "emulator/image/bytes.h"
#include "emulator/image/checksum.h"
#include "emulator/image/deflate.h"
#include "emulator/image/metadata.h"
#include "emulator/image/png.h"

// PNG of pixels that have grain, so that hardly anything repeats: each line as differences to the
// pixel before (filter "sub"), in blocks with codes made for what is in them. Runs of one byte are
// matches at distance one; no other repeats are looked for. It is drawn in pieces, a block each.

namespace emulator::image {
namespace {

constexpr std::size_t kBlock = 1U << 16;  // bytes of filtered lines
constexpr int kBytesAPixel = 3;
constexpr int kLongestCode = 15;
constexpr unsigned kFilterSub = 1;

using SymbolLengths = std::array<std::uint8_t, kDeflateSymbols>;
using SymbolCounts = std::array<std::uint32_t, kDeflateSymbols>;

// How deep each symbol lies in Huffman's tree over `counts`; 0 for those that do not occur.
SymbolLengths depths(const SymbolCounts& counts) {
  struct Node {
    std::uint64_t weight;
    std::size_t number;  // symbols first, then inner nodes in the order they are made
    bool operator>(const Node& other) const {
      return weight != other.weight ? weight > other.weight : number > other.number;
    }
  };
  std::priority_queue<Node, std::vector<Node>, std::greater<>> open;
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol)
    if (counts[symbol] > 0) open.push({counts[symbol], symbol});
  std::vector<std::size_t> parent(2 * kDeflateSymbols);
  std::size_t next = kDeflateSymbols;
  while (open.size() > 1) {
    const Node first = open.top();
    open.pop();
    const Node second = open.top();
    open.pop();
    parent[first.number] = parent[second.number] = next;
    open.push({first.weight + second.weight, next++});
  }
  // Parents are made after their children, so going down from the root each depth is known.
  std::vector<std::uint8_t> depth(next);
  for (std::size_t node = next - 1; node-- > kDeflateSymbols;)
    depth[node] = static_cast<std::uint8_t>(depth[parent[node]] + 1);
  SymbolLengths lengths{};
  for (std::size_t symbol = 0; symbol < counts.size(); ++symbol)
    if (counts[symbol] > 0) lengths[symbol] = static_cast<std::uint8_t>(depth[parent[symbol]] + 1);
  return lengths;
}

// Rare symbols would lie too deep at times: then the counts are made more alike, and all anew.
SymbolLengths code_lengths(SymbolCounts counts) {
  for (;;) {
    const SymbolLengths lengths = depths(counts);
    if (*std::max_element(lengths.begin(), lengths.end()) <= kLongestCode) return lengths;
    for (std::uint32_t& count : counts) count = count == 0 ? 0 : count / 2 + 1;
  }
}

// A byte, or a run that repeats the byte before it.
struct Token {
  std::uint16_t value = 0;
  bool run = false;
};

void tokens_of(std::string_view bytes, std::vector<Token>& out) {
  out.clear();
  for (std::size_t at = 0; at < bytes.size();) {
    std::size_t end = at + 1;
    while (end < bytes.size() && bytes[end] == bytes[at]) ++end;
    const Token byte{static_cast<unsigned char>(bytes[at]), false};
    out.push_back(byte);
    std::size_t rest = end - at - 1;
    for (; rest >= kShortestMatch; rest -= out.back().value)
      out.push_back({static_cast<std::uint16_t>(std::min<std::size_t>(rest, kLongestMatch)), true});
    out.insert(out.end(), rest, byte);
    at = end;
  }
}

class Deflater {
 public:
  explicit Deflater(std::string& out) : bits_(out) {}

  void block(std::string_view bytes, bool last) {
    adler_.bytes(bytes);
    tokens_of(bytes, tokens_);
    SymbolCounts counts{};
    counts[kEndOfBlock] = 1;
    for (const Token token : tokens_)
      ++counts[token.run ? match_length(token.value).symbol : token.value];
    const SymbolLengths lengths = code_lengths(counts);
    header(lengths, last);
    const std::array<Code, kDeflateSymbols> codes = canonical_codes(lengths);
    for (const Token token : tokens_) {
      if (!token.run) {
        bits_.put(codes[token.value]);
        continue;
      }
      const MatchLength length = match_length(token.value);
      bits_.put(codes[length.symbol]);
      bits_.put(length.rest, length.rest_bits);
      bits_.put(0, 1);  // the only distance: one
    }
    bits_.put(codes[kEndOfBlock]);
    if (last) bits_.finish();
  }

  std::uint32_t adler() const { return adler_.value(); }

 private:
  // SymbolLengths are written in four bits each: a hundred bytes of header to 65,536 of the block.
  void header(const SymbolLengths& lengths, bool last) {
    constexpr std::uint8_t kPlain = 4;
    std::array<std::uint8_t, 19> of_lengths{};
    std::fill_n(of_lengths.begin(), kLongestCode + 1, kPlain);
    const std::array<Code, 19> codes = canonical_codes(of_lengths);
    bits_.put(last ? 1 : 0, 1);
    bits_.put(2, 2);  // with codes of its own
    bits_.put(kDeflateSymbols - 257, 5);
    bits_.put(0, 5);  // one distance
    bits_.put(of_lengths.size() - 4, 4);
    for (const std::uint8_t symbol : kCodeLengthOrder) bits_.put(of_lengths[symbol], 3);
    for (const std::uint8_t length : lengths) bits_.put(codes[length]);
    bits_.put(codes[1]);
  }

  BitWriter bits_;
  Adler adler_;
  std::vector<Token> tokens_;
};

void filter_line(std::string_view line, std::string& out) {
  out += static_cast<char>(kFilterSub);
  out.append(line, 0, kBytesAPixel);
  for (std::size_t i = kBytesAPixel; i < line.size(); ++i)
    out += static_cast<char>(line[i] - line[i - kBytesAPixel]);
}

}  // namespace

std::string write_png(const Picture& picture, std::string_view pixels, Pace& pace) {
  std::string out = png_head(picture.width, picture.height) + png_chunks(picture);
  std::string packed("\x78\x01", 2);
  Deflater deflater(packed);
  std::string filtered;
  filtered.reserve(kBlock + static_cast<std::size_t>(picture.width) * kBytesAPixel + 1);
  const std::size_t line = static_cast<std::size_t>(picture.width) * kBytesAPixel;
  for (int y = 0; y < picture.height; ++y) {
    filter_line(pixels.substr(static_cast<std::size_t>(y) * line, line), filtered);
    const bool last = y + 1 == picture.height;
    if (filtered.size() < kBlock && !last) continue;
    deflater.block(filtered, last);
    filtered.clear();
    if (last) put_big32(packed, deflater.adler());
    if (!packed.empty()) put_png_chunk(out, "IDAT", packed);
    packed.clear();
    pace.go_on();
  }
  put_png_chunk(out, "IEND", {});
  return out;
}

}  // namespace emulator::image
