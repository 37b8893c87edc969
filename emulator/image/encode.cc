#include "emulator/image/encode.h"

#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>

#include "emulator/image/metadata.h"
#include "emulator/image/png.h"

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

// Takes what the JPEG writer has made. A few bytes a call, so the pace is asked at times only. What
// it throws goes through the writer, which keeps everything on the stack.
struct Taken {
  std::string& out;
  Pace& pace;
  std::size_t asked_at = 0;
};

void take(void* context, void* data, int size) {
  constexpr std::size_t kPart = 16U << 10;
  Taken& taken = *static_cast<Taken*>(context);
  taken.out.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  if (taken.out.size() - taken.asked_at < kPart) return;
  taken.asked_at = taken.out.size();
  taken.pace.go_on();
}

std::string jpeg(const Picture& picture, const std::string& pixels, Pace& pace) {
  constexpr std::size_t kBehindJfif = 2 + 18;
  std::string out;
  Taken taken{out, pace};
  stbi_write_jpg_to_func(take, &taken, picture.width, picture.height, kChannels, pixels.data(),
                         std::max(picture.quality, 1));
  return out.insert(std::min(kBehindJfif, out.size()), jpeg_segments(picture));
}

// The library is C: what the pace throws must not go through it, and waits here until it is back.
struct Watched {
  Pace& pace;
  std::exception_ptr thrown;
};

int watched(int, const WebPPicture* picture) {
  Watched& watch = *static_cast<Watched*>(picture->user_data);
  try {
    watch.pace.go_on();
    return 1;
  } catch (...) {
    watch.thrown = std::current_exception();
    return 0;
  }
}

std::string webp(const Picture& picture, const std::string& pixels, Pace& pace) {
  constexpr std::size_t kBehindRiff = 12;
  WebPConfig config;
  WebPPicture frame;
  if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, static_cast<float>(picture.quality)) ||
      !WebPPictureInit(&frame))
    return {};
  WebPMemoryWriter written;
  WebPMemoryWriterInit(&written);
  Watched watch{pace, nullptr};
  frame.width = picture.width;
  frame.height = picture.height;
  frame.writer = WebPMemoryWrite;
  frame.custom_ptr = &written;
  frame.progress_hook = watched;
  frame.user_data = &watch;
  const auto* const rgb = reinterpret_cast<const std::uint8_t*>(pixels.data());
  const bool done = WebPPictureImportRGB(&frame, rgb, picture.width * kChannels) != 0 &&
                    WebPEncode(&config, &frame) != 0;
  WebPPictureFree(&frame);
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(written.mem, WebPFree);
  if (watch.thrown) std::rethrow_exception(watch.thrown);
  if (!done || written.size <= kBehindRiff) return {};
  const std::string file(reinterpret_cast<const char*>(written.mem), written.size);
  return webp_file(picture, file.substr(kBehindRiff));
}

}  // namespace

std::string encode_pixels(const Picture& picture, const std::string& pixels, Pace& pace) {
  switch (picture.format) {
    case Format::kJpeg:
      return jpeg(picture, pixels, pace);
    case Format::kPng:
      return write_png(picture, pixels, pace);
    case Format::kWebp:
      return webp(picture, pixels, pace);
  }
  return {};
}

}  // namespace emulator::image
