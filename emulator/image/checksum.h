#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace emulator::image {

// CRC-32 as PNG chunks have it, eight bytes a step. Feed a later part with the earlier result.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

// Adler-32 over pixels that are never made: a run of equal ones is counted by formula.
class Adler {
 public:
  void byte(unsigned value) {
    a_ += value;
    b_ += a_;
    reduce();
  }

  void bytes(std::string_view text) {
    // So many at once that no sum overflows.
    constexpr std::size_t kPart = 1U << 20;
    for (; !text.empty(); text.remove_prefix(std::min(text.size(), kPart))) {
      for (const char byte : text.substr(0, kPart)) {
        a_ += static_cast<unsigned char>(byte);
        b_ += a_;
      }
      reduce();
    }
  }

  // `count` pixels of three bytes each.
  void pixels(unsigned r, unsigned g, unsigned b, std::uint64_t count) {
    const std::uint64_t sum = r + g + b;
    const std::uint64_t first = 3 * r + 2 * g + b;
    b_ += 3 * count * a_ + count * first + 3 * sum * (count * (count - 1) / 2);
    a_ += sum * count;
    reduce();
  }

  void zeros(std::uint64_t count) {
    b_ += a_ * (count % kBase);
    reduce();
  }

  std::uint32_t value() const { return static_cast<std::uint32_t>(b_ << 16 | a_); }

 private:
  static constexpr std::uint64_t kBase = 65521;
  void reduce() {
    a_ %= kBase;
    b_ %= kBase;
  }

  std::uint64_t a_ = 1;
  std::uint64_t b_ = 0;
};

}  // namespace emulator::image
