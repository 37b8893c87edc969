#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"

// Values as bytes that outlast the process: the same on every machine, whatever its byte order.
namespace emulator::state {

// Puts values one behind the other. Whole numbers take a byte for each seven bits they need.
class Packer {
 public:
  // Appends to `out`, which must outlive it.
  explicit Packer(std::string& out) : out_(out) {}

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>((value & 0x7f) | 0x80);
    out_ += static_cast<char>(value);
  }
  // Small ones of either sign are short.
  void whole(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void flag(bool value) { out_ += value ? '\1' : '\0'; }
  void fixed(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) out_ += static_cast<char>((value >> shift) & 0xff);
  }
  void real(double value) { fixed(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  void span(Duration value) { whole(value.count()); }
  void instant(Instant value) { whole(value.time_since_epoch().count()); }
  template <class E>
  void word(E value) {
    number(static_cast<std::uint64_t>(value));
  }
  // Whether it is there, then the value itself, by `put`.
  template <class T, class Put>
  void maybe(const std::optional<T>& value, Put put) {
    flag(value.has_value());
    if (value) put(*value);
  }

 private:
  std::string& out_;
};

// Takes them out again. Bytes that were never put so read as zeros and set `failed`: nobody reads
// beyond the end, whatever the bytes say.
class Unpacker {
 public:
  // `bytes` must outlive it.
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return fail();
  }
  // A number that is at most `most`.
  std::uint64_t number(std::uint64_t most) {
    const std::uint64_t value = number();
    return value <= most ? value : fail();
  }
  std::int64_t whole() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  bool flag() { return number(1) == 1; }
  std::uint64_t fixed() {
    if (left_.size() < 8) return fail();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(left_[i])) << (8 * i);
    left_.remove_prefix(8);
    return value;
  }
  double real() { return std::bit_cast<double>(fixed()); }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > left_.size()) {
      fail();
      return {};
    }
    const std::string_view value = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(static_cast<std::size_t>(size));
    return value;
  }
  Duration span() { return Duration(whole()); }
  Instant instant() { return Instant(Duration(whole())); }
  // An enumerator; `last` is the greatest there is.
  template <class E>
  E word(E last) {
    return static_cast<E>(number(static_cast<std::uint64_t>(last)));
  }
  template <class T, class Take>
  void maybe(std::optional<T>& value, Take take) {
    if (flag()) value = take();
  }
  // How many members follow: never more than there are bytes left, each taking at least one.
  std::size_t count() { return static_cast<std::size_t>(number(left_.size())); }

  // Everything was as it was put, and nothing is left.
  bool whole_and_good() const { return !failed_ && left_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::uint64_t fail() {
    failed_ = true;
    left_ = {};
    return 0;
  }

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace emulator::state
