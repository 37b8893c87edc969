#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "emulator/image/jpeg_codes.h"

// Bits on their way into a JPEG file: written at once, or kept to be written many times (jpeg.cc
// only).
namespace emulator::image::jpeg {

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

}  // namespace emulator::image::jpeg
