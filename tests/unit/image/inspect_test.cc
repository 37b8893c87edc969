#include "emulator/image/inspect.h"

#include <doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "emulator/image/dice.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

using namespace std::string_literals;
using State = Inspection::State;

// A copy on the heap of exactly these bytes, so that the sanitizer sees a read past the end.
Inspection inspected(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return inspect({copy.get(), bytes.size()});
}

// One pixel, with a colour table and a comment.
const std::string kGif =
    "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF\x21\xFE\x05hello\0\x2C\0\0\0\0\x01\0\x01\0\0"
    "\x02\x02\x44\x01\0\x3B"s;

const std::string kBmp = [] {
  std::string file = "BM\x3A\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\xFF\xFF\xFF\xFF"s;
  file += "\x01\0\x18\0"s + std::string(24, '\0') + "\x01\x02\x03\0"s;
  return file;
}();

// Width 320 as a short, height 170 as a long.
const std::string kTiff =
    "II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x40\x01\0\0\x01\x01\x04\0\x01\0\0\0\xAA\0\0\0"
    "\0\0\0\0"s;

std::string box(const std::string& kind, const std::string& inside) {
  const auto size = static_cast<char>(inside.size() + 8);
  return "\0\0\0"s + size + kind + inside;
}

const std::string kAvif =
    box("ftyp", "mif1\0\0\0\0mif1avif"s) + box("meta", "....") + box("mdat", "pixels");

std::vector<std::string> followed_to_the_end() {
  std::vector<std::string> files = {kGif};
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp})
    for (const Style style : {Style::kCells, Style::kSmooth}) {
      Picture picture = lighthouse(33, 44, format);
      picture.style = style;
      files.push_back(render(picture));
    }
  return files;
}

}  // namespace

TEST_CASE("whole pictures are told with type and size, whatever follows their end") {
  struct Row {
    std::string file;
    std::string_view type;
    int width, height;
  };
  std::vector<Row> rows = {{kGif, "image/gif", 1, 1},
                           {kBmp, "image/bmp", 1, 1},
                           {kTiff, "image/tiff", 320, 170},
                           {kAvif, "image/avif", 0, 0}};
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp})
    rows.push_back({render(lighthouse(33, 44, format)), content_type(format), 33, 44});
  for (const Row& row : rows) {
    CAPTURE(row.type);
    for (const std::string& file :
         {row.file, row.type == "image/avif" ? row.file : row.file + "more"}) {
      const Inspection seen = inspected(file);
      CHECK(seen.state == State::kWhole);
      CHECK(seen.type == row.type);
      REQUIRE(seen.size.has_value() == (row.width > 0));
      if (!seen.size) continue;
      CHECK(seen.size->width == row.width);
      CHECK(seen.size->height == row.height);
    }
  }
}

TEST_CASE("a bitmap whose sides no file can have is no picture") {
  for (const char side : {'\xb9', '\x00'}) {
    std::string file = kBmp;
    file.replace(18, 4, 4, side);
    CHECK(inspected(file).state == State::kNoPicture);
  }
}

TEST_CASE("a picture cut anywhere behind its first bytes is cut off, to the last byte") {
  for (const std::string& whole : followed_to_the_end()) {
    CHECK(inspected(whole).state == State::kWhole);
    for (std::size_t bytes = 12; bytes < whole.size(); ++bytes) {
      CAPTURE(bytes);
      const Inspection seen = inspected(std::string_view(whole).substr(0, bytes));
      CHECK(seen.state == State::kCutOff);
    }
  }
  CHECK(inspected(std::string_view(kBmp).substr(0, kBmp.size() - 1)).state == State::kCutOff);
  CHECK(inspected(std::string_view(kTiff).substr(0, 30)).state == State::kCutOff);
  CHECK(inspected(std::string_view(kAvif).substr(0, kAvif.size() - 1)).state == State::kCutOff);
}

TEST_CASE("what is no picture is told, and nothing at all") {
  CHECK(inspected("").state == State::kEmpty);
  const std::string png = "\x89PNG\r\n\x1a\n";
  const std::string rows[] = {
      "x",
      R"({"file_url":"x"})",
      "<svg xmlns='http://www.w3.org/2000/svg'/>",
      "%PDF-1.7",
      "GIF89a" + std::string(60, '\0'),     // no size, no blocks
      "GIF89a\x01\0\x01\0\0\0\0\x3B"s,      // no picture in it
      "\xFF\xD8\xFF\xD9"s,                  // no scan
      "\xFF\xD8\xFF\xE0\0\0zz"s,            // a segment without a length
      "\xFF\xD8\xFFhello hello",            // no markers
      png + R"({"not":"a chunk at all"})",  // no header
      png + "\0\0\0\x0DIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0....\0\0\0\0IEND...."s,  // no data
      "RIFF\x04\0\0\0WEBP"s,                                                    // no chunk
      "RIFF\x0C\0\0\0WEBPVP8L\xFF\0\0\0"s,  // a chunk beyond the whole
      "RIFF\x04\0\0\0WAVE"s,
      "BMW is a car, and this is a sentence",
      "\0\0\0\x14"
      "ftypisom\0\0\0\0mp42"s,  // a video
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(inspected(row).state == State::kNoPicture);
  }
}

TEST_CASE("a thumbnail inside a picture does not end it") {
  const std::string small = render(lighthouse(16, 16, Format::kJpeg));
  const std::string big = render(lighthouse(64, 64, Format::kJpeg));
  const auto length = static_cast<char>(small.size() + 2);
  std::string file = big.substr(0, 2) + "\xFF\xE1"s;
  file += static_cast<char>((small.size() + 2) >> 8);
  file += length;
  file += small;
  file += big.substr(2);
  CHECK(inspected(file).state == State::kWhole);
  CHECK(inspected(file).size->width == 64);
  CHECK(inspected(file.substr(0, file.size() / 2)).state == State::kCutOff);
  CHECK(inspected(file.substr(0, small.size() + 6)).state == State::kCutOff);
}

TEST_CASE("looking at a picture takes time in proportion to its bytes") {
  // Nothing here is measured: a quadratic walk would not come to its end.
  const std::size_t size = 4u << 20;
  const std::string restarts = "\xFF\xD8\xFF\xDA\0\2"s;
  std::string jpeg = restarts;
  while (jpeg.size() < size) jpeg += "\xFF\xD0";
  CHECK(inspect(jpeg).state == State::kCutOff);
  CHECK(inspect("\xFF\xD8"s + std::string(size, '\xFF')).state == State::kCutOff);
  std::string png = "\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0...."s;
  while (png.size() < size) png += "\0\0\0\0IDAT...."s;
  CHECK(inspect(png).state == State::kCutOff);
  std::string gif = kGif.substr(0, kGif.size() - 1);
  while (gif.size() < size) gif += "\x21\xFE\0"s;
  CHECK(inspect(gif).state == State::kCutOff);
}

TEST_CASE("garbage behind a right beginning is survived") {
  Dice dice(7);
  std::vector<std::string> starts = {"\xFF\xD8\xFF"s,
                                     "\xFF\xD8\xFF\xDA\0\2"s,
                                     "\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR"s,
                                     "GIF87a"s,
                                     "BM"s,
                                     "II*\0"s,
                                     "MM\0*"s,
                                     "\0\0\0\x10"
                                     "ftypavif"s,
                                     "RIFF\xFF\0\0\0WEBPVP8X"s};
  for (const std::string& whole : followed_to_the_end()) starts.push_back(whole);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes =
        starts[static_cast<std::size_t>(dice.between(0, static_cast<int>(starts.size()) - 1))];
    for (int i = dice.between(0, 60); i > 0; --i) {
      const auto at = static_cast<std::size_t>(dice.between(0, static_cast<int>(bytes.size())));
      bytes.insert(at, 1, dice.one_in(4) ? '\xFF' : static_cast<char>(dice.between(0, 255)));
    }
    const Inspection seen = inspected(bytes);
    CHECK((seen.state != State::kWhole || !seen.type.empty()));
  }
}

}  // namespace emulator::image
