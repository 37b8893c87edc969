#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace emulator::image {

// Numbers at a place in a file; 0 beyond its end, which no size or length that counts is.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  std::uint32_t byte(std::size_t at) const {
    return at < file_.size() ? static_cast<unsigned char>(file_[at]) : 0;
  }
  std::uint32_t big16(std::size_t at) const { return byte(at) << 8 | byte(at + 1); }
  std::uint32_t big32(std::size_t at) const { return big16(at) << 16 | big16(at + 2); }
  std::uint32_t little16(std::size_t at) const { return byte(at) | byte(at + 1) << 8; }
  std::uint32_t little24(std::size_t at) const { return little16(at) | byte(at + 2) << 16; }
  std::uint32_t little32(std::size_t at) const { return little24(at) | byte(at + 3) << 24; }

  std::string_view text(std::size_t at, std::size_t size) const {
    return at < file_.size() ? file_.substr(at, size) : std::string_view{};
  }
  // Where the next such byte is, from `at` on; the size when there is none.
  std::size_t find(char byte, std::size_t at) const {
    return std::min(file_.find(byte, at), file_.size());
  }
  bool has(std::size_t bytes) const { return file_.size() >= bytes; }
  std::size_t size() const { return file_.size(); }

 private:
  std::string_view file_;
};

}  // namespace emulator::image
