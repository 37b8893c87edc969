#include "emulator/image/inspect.h"

#include <cstddef>
#include <cstdint>

#include "emulator/image/inspect_formats.h"

namespace emulator::image {
namespace {

bool is_letter(std::uint32_t byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

// Markers that stand alone: no length and no contents follow.
bool stands_alone(std::uint32_t marker) { return marker == 0x01 || (marker & 0xF8) == 0xD0; }

// The first marker in entropy-coded data that is neither a stuffed byte nor a restart; its 0xFF.
std::size_t end_of_scan(const Reader& file, std::size_t at) {
  while (at + 1 < file.size()) {
    at = file.find('\xFF', at);
    if (at + 1 >= file.size()) break;
    const std::uint32_t next = file.byte(at + 1);
    if (next == 0xFF) {  // fill
      ++at;
    } else if (next == 0 || stands_alone(next)) {
      at += 2;
    } else {
      return at;
    }
  }
  return file.size();
}

// Behind the sub-blocks of a GIF, which begin with their lengths; past the end when that is
// missing.
std::size_t behind_blocks(const Reader& file, std::size_t at) {
  while (at < file.size()) {
    const std::uint32_t length = file.byte(at);
    if (length == 0) return at + 1;
    at += 1 + length;
  }
  return file.size() + 1;
}

// Bytes of a colour table, by the flags in front of it.
std::size_t colour_table(std::uint32_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{3} << ((flags & 7) + 1) : 0;
}

}  // namespace

// A frame with a size, at least one scan, and the marker of the end; between them segments that
// begin with their lengths.
State inspect_jpeg(const Reader& file) {
  bool scanned = false;
  for (std::size_t at = 2; at + 1 < file.size();) {
    if (file.byte(at) != 0xFF) return State::kNoPicture;
    const std::uint32_t marker = file.byte(at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0xD9) return scanned ? State::kWhole : State::kNoPicture;
    if (stands_alone(marker)) {
      at += 2;
      continue;
    }
    if (!file.has(at + 4)) break;
    const std::uint32_t length = file.big16(at + 2);
    if (marker < 0xC0 || length < 2) return State::kNoPicture;
    at += 2 + length;
    if (marker != 0xDA) continue;
    scanned = true;
    at = end_of_scan(file, at);
  }
  return State::kCutOff;
}

// Chunk by chunk: the header first, pictures' data, the end.
State inspect_png(const Reader& file) {
  if (file.has(16) && (file.big32(8) != 13 || file.text(12, 4) != "IHDR")) return State::kNoPicture;
  bool data = false;
  for (std::size_t at = 8; file.has(at + 12);) {
    for (std::size_t i = 4; i < 8; ++i)
      if (!is_letter(file.byte(at + i))) return State::kNoPicture;
    const std::size_t whole = std::size_t{12} + file.big32(at);
    if (!file.has(at + whole)) break;
    const std::string_view kind = file.text(at + 4, 4);
    if (kind == "IEND") return data ? State::kWhole : State::kNoPicture;
    if (kind == "IDAT") data = true;
    at += whole;
  }
  return State::kCutOff;
}

// The length at the front says how much there must be; inside it chunks, one of them a picture.
State inspect_webp(const Reader& file) {
  const std::size_t end = std::size_t{8} + file.little32(4);
  if (end < 12) return State::kNoPicture;
  if (!file.has(end)) return State::kCutOff;
  for (std::size_t at = 12; at + 8 <= end;) {
    const std::string_view kind = file.text(at, 4);
    const std::size_t length = file.little32(at + 4);
    if (at + 8 + length > end) return State::kNoPicture;
    if (kind == "VP8 " || kind == "VP8L" || kind == "ANMF") return State::kWhole;
    at += 8 + length + (length & 1);
  }
  return State::kNoPicture;
}

// Blocks until the trailer, one of them a picture.
State inspect_gif(const Reader& file) {
  if (!file.has(13)) return State::kCutOff;
  bool picture = false;
  for (std::size_t at = 13 + colour_table(file.byte(10)); at < file.size();) {
    switch (file.byte(at)) {
      case 0x3B:
        return picture ? State::kWhole : State::kNoPicture;
      case 0x21:  // extension: a label, then sub-blocks
        at = behind_blocks(file, at + 2);
        break;
      case 0x2C:  // picture: place and size, flags, colours, least code size, sub-blocks
        at = behind_blocks(file, at + 10 + colour_table(file.byte(at + 9)) + 1);
        picture = true;
        break;
      default:
        return State::kNoPicture;
    }
  }
  return State::kCutOff;
}

Inspection inspect(std::string_view file) {
  Inspection out;
  if (file.empty()) return out;
  out.type = sniffed_type(file);
  const Reader reader(file);
  if (out.type.empty()) return inspect_other(reader);
  out.size = size_of(file);
  out.state = out.type == "image/jpeg"   ? inspect_jpeg(reader)
              : out.type == "image/png"  ? inspect_png(reader)
              : out.type == "image/webp" ? inspect_webp(reader)
                                         : inspect_gif(reader);
  // Whatever is whole has a size that can be read.
  if (out.state == State::kWhole && !out.size) out.state = State::kNoPicture;
  return out;
}

}  // namespace emulator::image
