#include <cstdint>

#include "emulator/image/picture.h"
#include "emulator/image/reader.h"

namespace emulator::image {
namespace {

constexpr std::string_view kPngMagic("\x89PNG\r\n\x1a\n", 8);

std::optional<Size> valid(std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t kMost = 0x7FFFFFFF;
  if (width == 0 || height == 0 || width > kMost || height > kMost) return std::nullopt;
  return Size{static_cast<int>(width), static_cast<int>(height)};
}

bool starts_frame(std::uint32_t marker) {
  const bool other_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
  return marker >= 0xC0 && marker <= 0xCF && !other_table;
}

// From segment to segment until the one that starts the frame.
std::optional<Size> jpeg_size(const Reader& file) {
  std::size_t at = 2;
  while (at + 4 <= file.size() && file.byte(at) == 0xFF) {
    const std::uint32_t marker = file.byte(at + 1);
    if (marker == 0xFF) {  // fill
      ++at;
      continue;
    }
    if (starts_frame(marker)) {
      if (!file.has(at + 9)) return std::nullopt;
      return valid(file.big16(at + 7), file.big16(at + 5));
    }
    const std::uint32_t length = file.big16(at + 2);
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<Size> png_size(const Reader& file) {
  if (!file.has(24) || file.text(12, 4) != "IHDR") return std::nullopt;
  return valid(file.big32(16), file.big32(20));
}

std::optional<Size> webp_size(const Reader& file) {
  const std::string_view chunk = file.text(12, 4);
  if (chunk == "VP8X" && file.has(30)) {
    return valid(file.little24(24) + 1, file.little24(27) + 1);
  }
  if (chunk == "VP8L" && file.has(25) && file.byte(20) == 0x2F) {
    const std::uint32_t bits = file.little32(21);
    return valid((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  if (chunk == "VP8 " && file.has(30) && file.text(23, 3) == "\x9D\x01\x2A") {
    return valid(file.little16(26) & 0x3FFF, file.little16(28) & 0x3FFF);
  }
  return std::nullopt;
}

std::optional<Size> gif_size(const Reader& file) {
  if (!file.has(10)) return std::nullopt;
  return valid(file.little16(6), file.little16(8));
}

}  // namespace

std::string_view sniffed_type(std::string_view file) {
  if (file.substr(0, 3) == "\xFF\xD8\xFF") return "image/jpeg";
  if (file.substr(0, 8) == kPngMagic) return "image/png";
  if (file.substr(0, 6) == "GIF87a" || file.substr(0, 6) == "GIF89a") return "image/gif";
  const bool webp = file.size() >= 12 && file.substr(0, 4) == "RIFF" && file.substr(8, 4) == "WEBP";
  return webp ? "image/webp" : "";
}

std::optional<Size> size_of(std::string_view file) {
  const std::string_view type = sniffed_type(file);
  const Reader reader(file);
  if (type == "image/jpeg") return jpeg_size(reader);
  if (type == "image/png") return png_size(reader);
  if (type == "image/webp") return webp_size(reader);
  if (type == "image/gif") return gif_size(reader);
  return std::nullopt;
}

}  // namespace emulator::image
