#include "emulator/image/encode.h"

#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "emulator/image/metadata.h"

namespace {

// Asking for no bytes is answered differently from system to system.
void* allocate(std::size_t bytes) { return std::malloc(std::max<std::size_t>(bytes, 1)); }

}  // namespace

#define STBIW_MALLOC allocate
#define STBIW_REALLOC std::realloc
#define STBIW_FREE std::free
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace emulator::image {
namespace {

constexpr int kChannels = 3;

void append(void* context, void* data, int size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                             static_cast<std::size_t>(size));
}

std::string jpeg(const Picture& picture, const std::string& pixels) {
  constexpr std::size_t kBehindJfif = 2 + 18;
  std::string out;
  stbi_write_jpg_to_func(append, &out, picture.width, picture.height, kChannels, pixels.data(),
                         std::max(picture.quality, 1));
  return out.insert(std::min(kBehindJfif, out.size()), jpeg_segments(picture));
}

std::string png(const Picture& picture, const std::string& pixels) {
  constexpr std::size_t kBehindHeader = 8 + 25;
  std::string out;
  stbi_write_png_to_func(append, &out, picture.width, picture.height, kChannels, pixels.data(),
                         picture.width * kChannels);
  return out.insert(std::min(kBehindHeader, out.size()), png_chunks(picture));
}

std::string webp(const Picture& picture, const std::string& pixels) {
  constexpr std::size_t kBehindRiff = 12;
  std::uint8_t* bytes = nullptr;
  const auto* const rgb = reinterpret_cast<const std::uint8_t*>(pixels.data());
  const std::size_t size =
      WebPEncodeRGB(rgb, picture.width, picture.height, picture.width * kChannels,
                    static_cast<float>(picture.quality), &bytes);
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(bytes, WebPFree);
  if (size <= kBehindRiff) return {};
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  return webp_file(picture, file.substr(kBehindRiff));
}

}  // namespace

std::string encode_pixels(const Picture& picture, const std::string& pixels) {
  switch (picture.format) {
    case Format::kJpeg:
      return jpeg(picture, pixels);
    case Format::kPng:
      return png(picture, pixels);
    case Format::kWebp:
      return webp(picture, pixels);
  }
  return {};
}

}  // namespace emulator::image
