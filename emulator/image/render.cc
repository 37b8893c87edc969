#include <algorithm>
#include <cstdint>

#include "emulator/image/cells.h"
#include "emulator/image/drawing.h"
#include "emulator/image/encode.h"
#include "emulator/image/jpeg.h"
#include "emulator/image/metadata.h"
#include "emulator/image/picture.h"
#include "emulator/image/pixels.h"
#include "emulator/image/png.h"
#include "emulator/image/webp.h"

namespace emulator::image {
namespace {

constexpr int kMostWebpSide = 16383;  // of the lossy kind

Picture within_limits(Picture picture) {
  picture.width = std::clamp(picture.width, 1, kMostSide);
  picture.height = std::clamp(picture.height, 1, std::min(kMostSide, kMostPixels / picture.width));
  picture.quality = std::clamp(picture.quality, 0, 100);
  return picture;
}

std::string write_cells(const Picture& picture, const Cells& cells, Pace& pace) {
  switch (picture.format) {
    case Format::kJpeg:
      return write_jpeg(cells, picture.quality, jpeg_segments(picture), pace);
    case Format::kPng:
      return write_png(cells, png_chunks(picture), pace);
    case Format::kWebp:
      return webp_file(picture, write_vp8l(cells, pace));
  }
  return {};
}

bool too_long_for_lossy_webp(const Picture& picture) {
  return picture.format == Format::kWebp && std::max(picture.width, picture.height) > kMostWebpSide;
}

// Looks at so many places a side for each pixel of a thumbnail, however large the picture is.
constexpr int kPlaces = 3;

// The mean colour of the pixels from (left, top) to before (right, bottom), by a grid of places.
void put_mean(std::string& out, const Cells& cells, int left, int top, int right, int bottom) {
  const int across = std::clamp(right - left, 1, kPlaces);
  const int down = std::clamp(bottom - top, 1, kPlaces);
  int sums[3] = {across * down / 2, across * down / 2, across * down / 2};
  for (int j = 0; j < down; ++j)
    for (int i = 0; i < across; ++i) {
      const Rgb colour = colour_at(cells, left + (right - left) * (2 * i + 1) / (2 * across),
                                   top + (bottom - top) * (2 * j + 1) / (2 * down));
      sums[0] += colour.r;
      sums[1] += colour.g;
      sums[2] += colour.b;
    }
  for (const int sum : sums) out += static_cast<char>(sum / (across * down));
}

}  // namespace

std::string thumbnail(const Picture& wanted, int most) {
  const Picture picture = within_limits(wanted);
  const Cells cells = compose(picture);
  const int side = std::clamp(most, 1, 1024);
  const int longer = std::max(picture.width, picture.height);
  const auto scaled = [&](int length) {
    return longer <= side ? length
                          : std::max(static_cast<int>(std::int64_t{length} * side / longer), 1);
  };
  Picture small = picture;
  small.width = scaled(picture.width);
  small.height = scaled(picture.height);
  small.format = Format::kJpeg;
  small.quality = 85;
  const auto edge = [](int part, int parts, int whole) {
    return static_cast<int>(std::int64_t{whole} * part / parts);
  };
  std::string pixels;
  pixels.reserve(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height) *
                 3);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x)
      put_mean(pixels, cells, edge(x, small.width, picture.width),
               edge(y, small.height, picture.height), edge(x + 1, small.width, picture.width),
               edge(y + 1, small.height, picture.height));
  Unhindered pace;
  return encode_pixels(small, pixels, pace);
}

std::string render(const Picture& wanted, Pace& pace) {
  const Picture picture = within_limits(wanted);
  const Cells cells = compose(picture);
  if (picture.style == Style::kCells || too_long_for_lossy_webp(picture)) {
    return write_cells(picture, cells, pace);
  }
  return encode_pixels(picture, make_pixels(cells, picture, pace), pace);
}

std::string render(const Picture& picture) {
  Unhindered pace;
  return render(picture, pace);
}

// The pixels, the file, and what an encoder keeps beside them; of cells, a few bytes for 64 pixels.
std::size_t room_for(const Picture& wanted) {
  const Picture picture = within_limits(wanted);
  const auto pixels =
      static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
  return picture.style == Style::kCells ? pixels / 8 : pixels * 8;
}

std::string_view content_type(Format format) {
  switch (format) {
    case Format::kJpeg:
      return "image/jpeg";
    case Format::kPng:
      return "image/png";
    case Format::kWebp:
      return "image/webp";
  }
  return "";
}

bool is_quick(const Picture& wanted) {
  constexpr int kMostOfCells = 12 << 20;
  constexpr int kMostOfPixels = 128 * 128;
  const Picture picture = within_limits(wanted);
  const int pixels = picture.width * picture.height;
  return pixels <= (picture.style == Style::kCells ? kMostOfCells : kMostOfPixels);
}

}  // namespace emulator::image
