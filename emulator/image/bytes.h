#pragma once

#include <cstdint>
#include <string>

// Numbers as files have them: the most (big) or the least (little) significant byte first.

namespace emulator::image {

inline void put_byte(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 0xFFU);
}

inline void put_big16(std::string& out, std::uint32_t value) {
  put_byte(out, value >> 8);
  put_byte(out, value);
}

inline void put_big32(std::string& out, std::uint32_t value) {
  put_big16(out, value >> 16);
  put_big16(out, value);
}

inline void put_little16(std::string& out, std::uint32_t value) {
  put_byte(out, value);
  put_byte(out, value >> 8);
}

inline void put_little24(std::string& out, std::uint32_t value) {
  put_little16(out, value);
  put_byte(out, value >> 16);
}

inline void put_little32(std::string& out, std::uint32_t value) {
  put_little16(out, value);
  put_little16(out, value >> 16);
}

}  // namespace emulator::image
