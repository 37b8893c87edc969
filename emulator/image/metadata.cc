#include "emulator/image/metadata.h"

#include <algorithm>

#include "emulator/image/bytes.h"
#include "emulator/image/checksum.h"
#include "emulator/image/utf8.h"

namespace emulator::image {
namespace {

// One line of text, whatever the value holds.
void put_escaped(std::string& out, std::string_view value) {
  constexpr char kHex[] = "0123456789abcdef";
  std::size_t at = 0;
  while (at < value.size()) {
    const char32_t code = next_code_point(value, at);
    if (code == U'\\') {
      out += "\\\\";
    } else if (code == U'\n') {
      out += "\\n";
    } else if (code == U'\r') {
      out += "\\r";
    } else if (code == U'\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += {'\\', 'x', kHex[code >> 4], kHex[code & 15]};
    } else {
      const bool no_character = code == 0xFFFE || code == 0xFFFF;  // which XML does not allow
      append_utf8(out, no_character ? kReplacement : code);
    }
  }
}

// EXIF with one entry: a TIFF header, and a directory that says how the picture is turned.
std::string exif_of(const Picture& picture) {
  constexpr std::uint32_t kOrientation = 0x0112;
  constexpr std::uint32_t kShort = 3;
  std::string exif = "II";
  put_little16(exif, 42);
  put_little32(exif, 8);
  put_little16(exif, 1);
  put_little16(exif, kOrientation);
  put_little16(exif, kShort);
  put_little32(exif, 1);
  put_little32(exif, static_cast<std::uint32_t>(picture.rotated));
  put_little32(exif, 0);
  return exif;
}

bool is_turned(const Picture& picture) { return picture.rotated >= 2 && picture.rotated <= 8; }

void put_jpeg_segment(std::string& out, std::uint32_t marker, std::string_view data) {
  put_big16(out, marker);
  put_big16(out, static_cast<std::uint32_t>(data.size() + 2));
  out += data;
}

// The text in Latin-1; empty when a character is not in it, or is one that tEXt forbids.
std::string to_latin1(std::string_view utf8) {
  std::string latin1;
  std::size_t at = 0;
  while (at < utf8.size()) {
    const char32_t code = next_code_point(utf8, at);
    if (code > 0xFF || (code >= 0x80 && code < 0xA0)) return {};
    put_byte(latin1, code);
  }
  return latin1;
}

std::string to_xml(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    if (c == '&') {
      xml += "&amp;";
    } else if (c == '<') {
      xml += "&lt;";
    } else if (c == '>') {
      xml += "&gt;";
    } else {
      xml += c;
    }
  }
  return xml;
}

std::string xmp_of(const Picture& picture) {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
         "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
         "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">" +
         to_xml(metadata_of(picture)) +
         "</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>";
}

void put_riff_chunk(std::string& out, std::string_view type, std::string_view data) {
  out += type;
  put_little32(out, static_cast<std::uint32_t>(data.size()));
  out += data;
  if (data.size() % 2 != 0) out += '\0';
}

}  // namespace

std::string metadata_of(const Picture& picture) {
  std::string text = "prompt: ";
  put_escaped(text, picture.prompt);
  text += "\nsize: " + std::to_string(picture.width) + "x" + std::to_string(picture.height);
  text += "\nmodel: ";
  put_escaped(text, picture.model);
  text += "\nseed: ";
  if (picture.seed_text.empty())
    text += std::to_string(picture.seed);
  else
    put_escaped(text, picture.seed_text);
  text += "\nindex: " + std::to_string(picture.index);
  text += "\nprovider: ";
  put_escaped(text, picture.provider);
  return text;
}

std::string jpeg_segments(const Picture& picture) {
  constexpr std::uint32_t kApp1 = 0xFFE1;
  constexpr std::uint32_t kComment = 0xFFFE;
  constexpr std::size_t kMostBytes = 65533;
  std::string out;
  if (is_turned(picture)) {
    put_jpeg_segment(out, kApp1, std::string("Exif\0\0", 6) + exif_of(picture));
  }
  const std::string text = metadata_of(picture);
  for (std::size_t at = 0; at < text.size(); at += kMostBytes) {
    put_jpeg_segment(out, kComment, std::string_view(text).substr(at, kMostBytes));
  }
  return out;
}

void put_png_chunk(std::string& out, std::string_view type, std::string_view data) {
  put_big32(out, static_cast<std::uint32_t>(data.size()));
  out += type;
  out += data;
  put_big32(out, crc32(data, crc32(type)));
}

std::string png_chunks(const Picture& picture) {
  std::string out;
  if (is_turned(picture)) put_png_chunk(out, "eXIf", exif_of(picture));
  const std::string keyword("Description\0", 12);
  const std::string text = metadata_of(picture);
  if (const std::string latin1 = to_latin1(text); !latin1.empty()) {
    put_png_chunk(out, "tEXt", keyword + latin1);
  } else {
    const std::string plain_no_language(4, '\0');  // not compressed; no language, no translation
    put_png_chunk(out, "iTXt", keyword + plain_no_language + text);
  }
  return out;
}

std::string webp_file(const Picture& picture, const std::string& image_chunk) {
  constexpr std::uint32_t kHasXmp = 0x04;
  constexpr std::uint32_t kHasExif = 0x08;
  const bool turned = is_turned(picture);
  std::string features;
  put_little32(features, kHasXmp | (turned ? kHasExif : 0));
  put_little24(features, static_cast<std::uint32_t>(picture.width - 1));
  put_little24(features, static_cast<std::uint32_t>(picture.height - 1));

  std::string tail;
  if (turned) put_riff_chunk(tail, "EXIF", exif_of(picture));
  put_riff_chunk(tail, "XMP ", xmp_of(picture));

  std::string head = "WEBP";
  put_riff_chunk(head, "VP8X", features);
  std::string file = "RIFF";
  file.reserve(head.size() + image_chunk.size() + tail.size() + 8);
  put_little32(file, static_cast<std::uint32_t>(head.size() + image_chunk.size() + tail.size()));
  return file.append(head).append(image_chunk).append(tail);
}

}  // namespace emulator::image
