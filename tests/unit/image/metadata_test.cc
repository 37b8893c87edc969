#include "emulator/image/metadata.h"

#include <doctest.h>

#include <string>

#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

constexpr Format kFormats[] = {Format::kJpeg, Format::kPng, Format::kWebp};
constexpr Style kStyles[] = {Style::kCells, Style::kSmooth, Style::kNoise};

TEST_CASE("metadata is six lines") {
  Picture picture = lighthouse(640, 480, Format::kPng);
  picture.index = 2;
  picture.provider = "bfl";
  CHECK(metadata_of(picture) ==
        "prompt: A lighthouse at dusk, long exposure, dramatic clouds\n"
        "size: 640x480\n"
        "model: flux-pro-1.1\n"
        "seed: 42\n"
        "index: 2\n"
        "provider: bfl");
}

TEST_CASE("a prompt stays on its line, whatever it holds") {
  struct Row {
    const char* name;
    std::string prompt;
    std::string line;
  };
  const Row rows[] = {
      {"nothing", "", "prompt: "},
      {"a line break", "a\nseed: 7", "prompt: a\\nseed: 7"},
      {"others", "\r\t\\", "prompt: \\r\\t\\\\"},
      {"control", std::string("a\0b\x1F\x7F", 5), "prompt: a\\x00b\\x1f\\x7f"},
      {"not UTF-8", "a\xFFz", "prompt: a\xEF\xBF\xBDz"},
      {"not XML", "\xEF\xBF\xBE", "prompt: \xEF\xBF\xBD"},
      {"UTF-8", "日本 é 😀", "prompt: 日本 é 😀"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Picture picture = lighthouse(8, 8, Format::kPng);
    picture.prompt = row.prompt;
    const std::string text = metadata_of(picture);
    CHECK(text.substr(0, text.find('\n')) == row.line);
  }
}

TEST_CASE("every format and style carries the metadata where its readers look") {
  for (const Format format : kFormats) {
    for (const Style style : kStyles) {
      CAPTURE(content_type(format));
      CAPTURE(static_cast<int>(style));
      Picture picture = lighthouse(40, 24, format);
      picture.style = style;
      picture.prompt = "Größe – 日本";
      const std::string text = decode(render(picture)).text;
      if (format == Format::kWebp) {
        CHECK(text.find(metadata_of(picture).append("</rdf:li>")) != std::string::npos);
      } else {
        CHECK(text == metadata_of(picture));
      }
    }
  }
}

TEST_CASE("PNG text is Latin-1 where that suffices, else UTF-8") {
  Picture picture = lighthouse(8, 8, Format::kPng);
  CHECK(decode(render(picture)).text_kind == "tEXt");
  picture.prompt = "é";
  const Decoded latin = decode(render(picture));
  CHECK(latin.text_kind == "tEXt");
  CHECK(latin.text.substr(0, 10) == "prompt: \xE9\n");
  picture.prompt = "\u20AC";
  CHECK(decode(render(picture)).text_kind == "iTXt");
  picture.prompt = "\u0085";
  CHECK(decode(render(picture)).text_kind == "iTXt");
}

TEST_CASE("XMP escapes what XML reserves") {
  Picture picture = lighthouse(8, 8, Format::kWebp);
  picture.prompt = "<b> & \"c\"";
  CHECK(decode(render(picture)).text.find("prompt: &lt;b&gt; &amp; \"c\"\n") != std::string::npos);
}

TEST_CASE("a prompt longer than a JPEG comment goes on in the next") {
  Picture picture = lighthouse(8, 8, Format::kJpeg);
  picture.prompt = std::string(200'000, 'p') + "end";
  CHECK(decode(render(picture)).text == metadata_of(picture));
}

// The orientation in an EXIF block; 0 when it has none.
int orientation(const std::string& exif) {
  const auto little16 = [&exif](std::size_t at) {
    return static_cast<unsigned char>(exif.at(at)) +
           256 * static_cast<unsigned char>(exif.at(at + 1));
  };
  if (exif.empty() || exif.substr(0, 4) != std::string("II*\0", 4)) return 0;
  const auto directory = static_cast<std::size_t>(little16(4));
  if (little16(directory) != 1 || little16(directory + 2) != 0x0112) return 0;
  return little16(directory + 10);
}

TEST_CASE("a turned picture says so in EXIF, and only a turned one") {
  for (const Format format : kFormats) {
    for (const Style style : kStyles) {
      for (int rotated = 0; rotated <= 9; ++rotated) {
        CAPTURE(content_type(format));
        CAPTURE(rotated);
        Picture picture = lighthouse(24, 16, format);
        picture.style = style;
        picture.rotated = rotated;
        const Decoded decoded = decode(render(picture));
        const bool turned = rotated >= 2 && rotated <= 8;
        CHECK(orientation(decoded.exif) == (turned ? rotated : 0));
        CHECK(decoded.exif.empty() == !turned);
        CHECK(decoded.width == 24);
      }
    }
  }
}

}  // namespace
}  // namespace emulator::image
