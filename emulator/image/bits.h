#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

// Bits and prefix codes as deflate and lossless WebP share them: the first bit of a file is the
// lowest of its first byte, and codes are given with their first bit lowest.

namespace emulator::image {

struct Code {
  std::uint32_t bits = 0;
  int length = 0;
};

// Appends to `out`; complete only after `finish`.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  // At most 57 bits a call; those above `count` must be 0.
  void put(std::uint64_t bits, int count) {
    held_ |= bits << used_;
    used_ += count;
    if (used_ < 64) return;
    store();
    used_ -= 64;
    held_ = bits >> (count - used_);
  }
  void put(Code code) { put(code.bits, code.length); }

  void zeros(std::size_t count) {
    for (; count > 48; count -= 48) put(0, 48);
    put(0, static_cast<int>(count));
  }

  // Fills up the last byte.
  void finish() {
    for (; used_ > 0; used_ -= 8, held_ >>= 8) buffer_[filled_++] = static_cast<char>(held_ & 0xFF);
    used_ = 0;
    flush();
  }

 private:
  void store() {
    for (int i = 0; i < 8; ++i) {
      buffer_[filled_ + static_cast<std::size_t>(i)] = static_cast<char>(held_ >> (8 * i) & 0xFF);
    }
    filled_ += 8;
    if (filled_ + 16 > buffer_.size()) flush();
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

// The canonical prefix code with these lengths (0: not used), at most 15 bits each.
template <std::size_t N>
constexpr std::array<Code, N> canonical_codes(const std::array<std::uint8_t, N>& lengths) {
  std::array<Code, N> codes{};
  std::uint32_t next = 0;
  for (int length = 1; length <= 15; ++length, next <<= 1) {
    for (std::size_t symbol = 0; symbol < N; ++symbol) {
      if (lengths[symbol] != length) continue;
      std::uint32_t reversed = 0;
      for (int bit = 0; bit < length; ++bit) reversed |= (next >> bit & 1U) << (length - 1 - bit);
      codes[symbol] = {reversed, length};
      ++next;
    }
  }
  return codes;
}

}  // namespace emulator::image
