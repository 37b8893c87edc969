#include <doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

Picture styled(int width, int height, Format format, Style style) {
  Picture picture = lighthouse(width, height, format);
  picture.style = style;
  return picture;
}

TEST_CASE("smooth and noisy pictures have exactly the size asked for") {
  constexpr int kSizes[][2] = {{1, 1}, {7, 9}, {65, 33}, {160, 200}};
  for (const Style style : {Style::kSmooth, Style::kNoise}) {
    for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
      for (const auto& size : kSizes) {
        CAPTURE(size[0]);
        const Decoded decoded = decode(render(styled(size[0], size[1], format, style)));
        CHECK(decoded.width == size[0]);
        CHECK(decoded.height == size[1]);
      }
    }
  }
}

TEST_CASE("files grow from cells over smooth to noise, in every format") {
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
    CAPTURE(content_type(format));
    const auto bytes = [format](Style style) {
      return render(styled(512, 512, format, style)).size();
    };
    CHECK(bytes(Style::kCells) < bytes(Style::kNoise));
    CHECK(bytes(Style::kSmooth) < bytes(Style::kNoise));
  }
  const std::size_t smooth = render(styled(512, 512, Format::kPng, Style::kSmooth)).size();
  CHECK(smooth > std::size_t{512} * 512);  // as large as a photograph would be
}

TEST_CASE("a smooth or noisy picture shows the same scene as its cells") {
  struct Row {
    Style style;
    int most;  // difference of the mean
  };
  for (const Row row : {Row{Style::kSmooth, 2}, Row{Style::kNoise, 8}}) {
    const Picture picture = styled(256, 256, Format::kPng, row.style);
    const Decoded decoded = decode(render(picture));
    const Cells cells = compose(picture);
    for (int block = 0; block < 16; ++block) {
      const int x0 = block % 4 * 64;
      const int y0 = block / 4 * 64;
      int sum = 0;
      for (int i = 0; i < 64 * 64; ++i) {
        const int x = x0 + i % 64;
        const int y = y0 + i / 64;
        sum += decoded.at(x, y).g - colour_at(cells, x, y).g;
      }
      CAPTURE(block);
      CHECK(std::abs(sum / (64 * 64)) <= row.most);
    }
  }
}

TEST_CASE("quality changes the bytes of smooth JPEG and WebP") {
  for (const Format format : {Format::kJpeg, Format::kWebp}) {
    Picture poor = styled(128, 128, format, Style::kSmooth);
    poor.quality = 20;
    Picture good = poor;
    good.quality = 95;
    CHECK(render(poor).size() < render(good).size());
  }
}

TEST_CASE("a picture too long for lossy WebP is still a picture") {
  const Decoded decoded = decode(render(styled(16384, 2, Format::kWebp, Style::kSmooth)));
  CHECK(decoded.width == 16384);
}

TEST_CASE("only what renders in little time is quick") {
  struct Row {
    const char* name;
    int width;
    int height;
    Style style;
    bool quick;
  };
  constexpr Row kRows[] = {
      {"common", 1024, 1024, Style::kCells, true}, {"large", 4096, 2160, Style::kCells, true},
      {"huge", 8192, 8192, Style::kCells, false},  {"smooth", 1024, 1024, Style::kSmooth, false},
      {"noise", 512, 512, Style::kNoise, false},   {"tiny noise", 64, 64, Style::kNoise, true}};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(is_quick(styled(row.width, row.height, Format::kJpeg, row.style)) == row.quick);
  }
}

}  // namespace
}  // namespace emulator::image
