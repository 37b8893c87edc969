// Picture formats that some providers take and others refuse by name. Their outermost structure
// says whether a file is one of them and whether its end is there.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "emulator/image/inspect_formats.h"

namespace emulator::image {
namespace {

std::optional<Size> sides(std::uint32_t width, std::uint32_t height) {
  constexpr std::uint32_t kMost = 0x7FFFFFFF;
  if (width == 0 || height == 0 || width > kMost || height > kMost) return std::nullopt;
  return Size{static_cast<int>(width), static_cast<int>(height)};
}

Inspection inspect_bmp(const Reader& file) {
  constexpr std::uint32_t kHeaders[] = {12, 40, 52, 56, 64, 108, 124};
  const std::uint32_t header = file.little32(14);
  if (std::find(std::begin(kHeaders), std::end(kHeaders), header) == std::end(kHeaders))
    return {State::kNoPicture, "", std::nullopt};
  Inspection out{State::kWhole, "image/bmp", std::nullopt};
  if (header == 12) {
    out.size = sides(file.little16(18), file.little16(20));
  } else {
    const std::uint32_t height = file.little32(22);  // below zero when rows go downwards
    out.size = sides(file.little32(18), (height >> 31) != 0 ? 0 - height : height);
  }
  // Some writers leave the length out; then the data must begin, at least.
  const bool cut = !file.has(file.little32(2)) || !file.has(std::size_t{file.little32(10)} + 1);
  if (!out.size) out.state = State::kNoPicture;  // no side, or one that no file can have
  if (cut) out.state = State::kCutOff;
  return out;
}

// The list of tags says the size; where the data lies is not followed.
Inspection inspect_tiff(const Reader& file, bool big) {
  Inspection out{State::kCutOff, "image/tiff", std::nullopt};
  const auto two = [&](std::size_t at) { return big ? file.big16(at) : file.little16(at); };
  const auto four = [&](std::size_t at) { return big ? file.big32(at) : file.little32(at); };
  const std::size_t list = four(4);
  if (list < 8) out.state = State::kNoPicture;
  if (list < 8 || !file.has(list + 2)) return out;
  const std::size_t tags = two(list);
  if (!file.has(list + 2 + tags * 12)) return out;
  constexpr std::uint32_t kWidth = 256;
  constexpr std::uint32_t kHeight = 257;
  constexpr std::uint32_t kShort = 3;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  for (std::size_t at = list + 2; at < list + 2 + tags * 12; at += 12) {
    const std::uint32_t value = two(at + 2) == kShort ? two(at + 8) : four(at + 8);
    if (two(at) == kWidth) width = value;
    if (two(at) == kHeight) height = value;
  }
  out.size = sides(width, height);
  out.state = out.size ? State::kWhole : State::kNoPicture;
  return out;
}

// The type by the brands of an ISO base media file; "" for videos and others.
std::string_view brand_of(const Reader& file) {
  const std::size_t end = std::min<std::size_t>(file.big32(0), file.size());
  for (std::size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
    const std::string_view brand = file.text(at, 4);
    if (brand == "avif" || brand == "avis") return "image/avif";
    if (brand == "heic" || brand == "heix" || brand == "hevc" || brand == "hevx")
      return "image/heic";
  }
  return "";
}

// Boxes that begin with their lengths; one of them must describe the picture.
Inspection inspect_boxes(const Reader& file) {
  Inspection out{State::kCutOff, brand_of(file), std::nullopt};
  if (out.type.empty()) return {State::kNoPicture, "", std::nullopt};
  bool described = false;
  std::size_t at = 0;
  while (file.has(at + 8)) {
    std::uint64_t length = file.big32(at);
    if (file.text(at + 4, 4) == "meta") described = true;
    if (length == 0) {  // to the end of the file, wherever that is
      at = file.size();
      break;
    }
    if (length == 1) {
      if (!file.has(at + 16)) return out;
      length = std::uint64_t{file.big32(at + 8)} << 32 | file.big32(at + 12);
    }
    if (length < 8) {
      out.state = State::kNoPicture;
      return out;
    }
    if (length > file.size() - at) return out;
    at += static_cast<std::size_t>(length);
  }
  if (at == file.size()) out.state = described ? State::kWhole : State::kNoPicture;
  return out;
}

}  // namespace

Inspection inspect_other(const Reader& file) {
  using namespace std::string_view_literals;
  if (file.text(0, 2) == "BM") return inspect_bmp(file);
  if (file.text(0, 4) == "II*\0"sv) return inspect_tiff(file, false);
  if (file.text(0, 4) == "MM\0*"sv) return inspect_tiff(file, true);
  if (file.text(4, 4) == "ftyp") return inspect_boxes(file);
  return {State::kNoPicture, "", std::nullopt};
}

}  // namespace emulator::image
