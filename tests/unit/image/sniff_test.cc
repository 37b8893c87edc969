#include <doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "emulator/image/dice.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

// A copy on the heap of exactly these bytes, so that the sanitizer sees a read past the end.
class Exactly {
 public:
  explicit Exactly(std::string_view bytes)
      : size_(bytes.size()), bytes_(std::make_unique<char[]>(bytes.size())) {
    bytes.copy(bytes_.get(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

std::string gif(int width, int height) {
  std::string bytes = "GIF89a";
  for (const int side : {width, height}) {
    bytes += static_cast<char>(side & 255);
    bytes += static_cast<char>(side >> 8);
  }
  return bytes;
}

TEST_CASE("type and size are read from the files we make") {
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
    for (const Style style : {Style::kCells, Style::kSmooth}) {
      Picture picture = lighthouse(300, 170, format);
      picture.style = style;
      picture.rotated = 6;
      const std::string file = render(picture);
      CHECK(sniffed_type(file) == content_type(format));
      const auto size = size_of(file);
      REQUIRE(size.has_value());
      CHECK(size->width == 300);
      CHECK(size->height == 170);
    }
  }
}

TEST_CASE("type and size are read from the other kinds of file") {
  using namespace std::string_literals;
  struct Row {
    const char* name;
    std::string bytes;
    std::string_view type;
    int width;
    int height;
  };
  const Row rows[] = {
      {"gif", gif(320, 2000), "image/gif", 320, 2000},
      {"lossless webp", "RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2F\x3F\xC1\x2A\x00"s, "image/webp", 320,
       172},
      {"lossy webp", "RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01\x2A\x40\x01\xAA\x40"s,
       "image/webp", 320, 170},
      {"progressive jpeg with fill bytes",
       "\xFF\xD8\xFF\xDB\x00\x04zz\xFF\xFF\xFF\xC2\x00\x11\x08\x00\xAA\x01\x40\x03"s, "image/jpeg",
       320, 170},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Exactly file(row.bytes);
    CHECK(sniffed_type(file.view()) == row.type);
    const auto size = size_of(file.view());
    REQUIRE(size.has_value());
    CHECK(size->width == row.width);
    CHECK(size->height == row.height);
  }
}

TEST_CASE("what is no picture has neither type nor size") {
  for (const std::string bytes :
       {"", "x", "<html>", "RIFF", "RIFF1234WAVEVP8X", "\x89PNG", "GIF88a1234", "\xFF\xD8"}) {
    CAPTURE(bytes);
    const Exactly file(bytes);
    CHECK(sniffed_type(file.view()).empty());
    CHECK_FALSE(size_of(file.view()).has_value());
  }
}

TEST_CASE("a size of nothing is no size") {
  CHECK_FALSE(size_of(gif(0, 10)).has_value());
  CHECK_FALSE(size_of(gif(10, 0)).has_value());
}

TEST_CASE("a jpeg whose segments lead nowhere has no size") {
  using namespace std::string_literals;
  CHECK_FALSE(size_of("\xFF\xD8\xFF\xDB\x00\x00\xFF\xDB\x00\x00"s).has_value());
  CHECK_FALSE(size_of("\xFF\xD8\xFF\xDB\xFF\xFFzz"s).has_value());
  CHECK_FALSE(size_of("\xFF\xD8\xFFzzzzzzzzzzzzzzzz"s).has_value());
  CHECK_FALSE(size_of(std::string("\xFF\xD8") + std::string(100, '\xFF')).has_value());
}

TEST_CASE("a file cut anywhere is read to its end at most, and its size is right or unknown") {
  std::vector<std::string> files = {gif(33, 44)};
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
    for (const Style style : {Style::kCells, Style::kSmooth}) {
      Picture picture = lighthouse(33, 44, format);
      picture.style = style;
      files.push_back(render(picture));
    }
  }
  for (const std::string& whole : files) {
    bool known = false;
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
      const Exactly file(std::string_view(whole).substr(0, bytes));
      const auto size = size_of(file.view());
      CHECK((!known || size.has_value()));  // once known, more bytes do not unlearn it
      known = size.has_value();
      if (!size) continue;
      CHECK(size->width == 33);
      CHECK(size->height == 44);
    }
    CHECK(known);
  }
}

TEST_CASE("garbage behind a right beginning is survived") {
  using namespace std::string_literals;
  Dice dice(1);
  const std::string starts[] = {"\xFF\xD8\xFF"s,
                                "\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR"s,
                                "GIF87a"s,
                                "RIFF\0\0\0\0WEBPVP8X"s,
                                "RIFF\0\0\0\0WEBPVP8L"s,
                                "RIFF\0\0\0\0WEBPVP8 "s};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = starts[static_cast<std::size_t>(dice.between(0, 5))];
    const int more = dice.between(0, 60);
    for (int i = 0; i < more; ++i) {
      bytes += dice.one_in(4) ? '\xFF' : static_cast<char>(dice.between(0, 255));
    }
    const Exactly file(bytes);
    const auto size = size_of(file.view());
    CHECK((!size || (size->width > 0 && size->height > 0)));
  }
}

TEST_CASE("a bomb is small and claims its size") {
  struct Row {
    std::uint32_t width;
    std::uint32_t height;
    std::uint32_t claimed_width;
    std::uint32_t claimed_height;
    std::size_t most_bytes;
  };
  constexpr Row kRows[] = {{1, 1, 1, 1, 250},
                           {30000, 30000, 30000, 30000, 120'000},
                           {65535, 65535, 65535, 65535, 550'000},
                           {0, 100'000, 1, 65535, 1000}};
  for (const Row& row : kRows) {
    const std::string file = bomb(row.width, row.height);
    CHECK(file.size() <= row.most_bytes);
    const Claim claim = png_claim(file);
    CHECK(claim.width == row.claimed_width);
    CHECK(claim.height == row.claimed_height);
    const auto size = size_of(file);
    REQUIRE(size.has_value());
    CHECK(size->width == static_cast<int>(row.claimed_width));
    CHECK(size->height == static_cast<int>(row.claimed_height));
  }
}

TEST_CASE("a bomb is valid to its last pixel") {
  constexpr int kSides[][2] = {{1, 1}, {7, 300}, {2064, 515}, {3001, 2003}};
  for (const auto& side : kSides) {
    CAPTURE(side[0]);
    const Decoded decoded =
        decode(bomb(static_cast<std::uint32_t>(side[0]), static_cast<std::uint32_t>(side[1])));
    CHECK(decoded.width == side[0]);
    CHECK(decoded.height == side[1]);
    CHECK(decoded.rgb.find_first_not_of('\0') == std::string::npos);
  }
}

}  // namespace
}  // namespace emulator::image
