#include <doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "emulator/base/random.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

struct Dimensions {
  int width;
  int height;
};

constexpr Dimensions kRenderSizes[] = {{1, 1},       {7, 9},       {8, 8},      {9, 7},
                                       {65, 33},     {64, 64},     {33, 300},   {300, 33},
                                       {256, 256},   {511, 513},   {1024, 768}, {1001, 777},
                                       {2752, 1536}, {1536, 2752}, {16384, 3}};
constexpr Format kRenderFormats[] = {Format::kJpeg, Format::kPng, Format::kWebp};

// How far a channel is from the cells that the file was written from: at most, in cells of one
// colour and of two; and in the mean over the latter, in hundredths, where there are enough of them
// for a mean to say something.
struct Difference {
  int flat = 0;
  int detail = 0;
  int mean_of_details = 0;
};

Difference difference(const Decoded& decoded, const Cells& cells) {
  Difference most;
  int pixels = 1;
  std::int64_t sum = 0;
  for (int y = 0; y < cells.height; ++y) {
    for (int x = 0; x < cells.width; ++x) {
      const Rgb is = decoded.at(x, y);
      const Rgb wanted = colour_at(cells, x, y);
      const int here = std::max(
          {std::abs(is.r - wanted.r), std::abs(is.g - wanted.g), std::abs(is.b - wanted.b)});
      const bool flat = is_flat(cells.values[cells.at(x / kCell, y / kCell)]);
      int& worst = flat ? most.flat : most.detail;
      worst = std::max(worst, here);
      if (flat) continue;
      sum += here;
      ++pixels;
    }
  }
  constexpr int kEnough = 10 * kCell * kCell;
  if (pixels >= kEnough) most.mean_of_details = static_cast<int>(sum * 100 / pixels);
  return most;
}

// The mean colour of a part of a picture.
Rgb mean_of(const Decoded& picture, int left, int top, int right, int bottom) {
  int sums[3] = {};
  const int count = (right - left) * (bottom - top);
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) {
      const Rgb colour = picture.at(x, y);
      sums[0] += colour.r;
      sums[1] += colour.g;
      sums[2] += colour.b;
    }
  const auto mean = [&](int sum) { return static_cast<std::uint8_t>(sum / count); };
  return {mean(sums[0]), mean(sums[1]), mean(sums[2])};
}

TEST_CASE("a thumbnail is the same picture, made small") {
  struct Case {
    int width, height, most, small_width, small_height;
  };
  for (const Case& one : {Case{1024, 768, 320, 320, 240}, Case{768, 1024, 320, 240, 320},
                          Case{2752, 1536, 64, 64, 35}, Case{100, 60, 320, 100, 60},
                          Case{16384, 3, 320, 320, 1}, Case{1, 1, 16, 1, 1}}) {
    CAPTURE(one.width);
    CAPTURE(one.height);
    const Picture picture = lighthouse(one.width, one.height, Format::kPng);
    const Decoded small = decode(thumbnail(picture, one.most));
    CHECK(small.width == one.small_width);
    CHECK(small.height == one.small_height);
    if (one.width < 16 || one.height < 16) continue;
    // Quarter by quarter it has the colours of the whole picture.
    const Decoded whole = decode(render(picture));
    for (int quarter = 0; quarter < 4; ++quarter) {
      const auto part = [&](const Decoded& of) {
        const int x = quarter % 2 * of.width / 2, y = quarter / 2 * of.height / 2;
        return mean_of(of, x, y, x + of.width / 2, y + of.height / 2);
      };
      const Rgb is = part(small), wanted = part(whole);
      CHECK(std::abs(is.r - wanted.r) <= 4);
      CHECK(std::abs(is.g - wanted.g) <= 4);
      CHECK(std::abs(is.b - wanted.b) <= 4);
    }
  }
  Picture other = lighthouse(640, 480, Format::kJpeg);
  const std::string one = thumbnail(other, 320);
  CHECK(one == thumbnail(other, 320));
  ++other.seed;
  CHECK(one != thumbnail(other, 320));
}

TEST_CASE("every format has exactly the pixels asked for") {
  for (const Format format : kRenderFormats) {
    for (const Dimensions size : kRenderSizes) {
      CAPTURE(content_type(format));
      CAPTURE(size.width);
      CAPTURE(size.height);
      const std::string file = render(lighthouse(size.width, size.height, format));
      CHECK(sniffed_type(file) == content_type(format));
      const Decoded decoded = decode(file);
      CHECK(decoded.width == size.width);
      CHECK(decoded.height == size.height);
    }
  }
}

TEST_CASE("a seed means the same picture with every compiler and on every machine") {
  // The scenes of seeds 1 to 8: hills, layers, bubbles and rings are among them.
  constexpr std::uint64_t kKnown[] = {
      12203150874953479989u, 14814878469043979519u, 15811236443634984372u, 7555906132039314447u,
      8567537600139179735u,  2413835694574837449u,  9200642878342448602u,  7970652293959880986u};
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Picture picture = lighthouse(96, 64, Format::kPng);
    picture.seed = seed;
    const Decoded shown = decode(render(picture));
    CAPTURE(seed);
    CHECK(emulator::hash_of(shown.rgb) == kKnown[seed - 1]);
  }
}

TEST_CASE("PNG and WebP show the cells without loss") {
  for (const Format format : {Format::kPng, Format::kWebp}) {
    for (const Dimensions size : kRenderSizes) {
      for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
        CAPTURE(content_type(format));
        CAPTURE(size.width);
        CAPTURE(size.height);
        CAPTURE(seed);
        Picture picture = lighthouse(size.width, size.height, format);
        picture.seed = seed;
        const Difference most = difference(decode(render(picture)), compose(picture));
        CHECK(most.flat == 0);
        CHECK(most.detail == 0);
      }
    }
  }
}

TEST_CASE("JPEG shows the cells as closely as its quality allows") {
  struct Row {
    const char* name;
    int quality;
    Difference allowed;
  };
  constexpr Row kRows[] = {
      {"best", 100, {2, 7, 150}}, {"usual", 90, {3, 70, 900}}, {"poor", 30, {10, 200, 2500}}};
  for (const Row& row : kRows) {
    for (const Dimensions size : kRenderSizes) {
      for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
        CAPTURE(row.name);
        CAPTURE(size.width);
        CAPTURE(size.height);
        CAPTURE(seed);
        Picture picture = lighthouse(size.width, size.height, Format::kJpeg);
        picture.quality = row.quality;
        picture.seed = seed;
        const Difference most = difference(decode(render(picture)), compose(picture));
        CHECK(most.flat <= row.allowed.flat);
        CHECK(most.detail <= row.allowed.detail);
        CHECK(most.mean_of_details <= row.allowed.mean_of_details);
      }
    }
  }
}

TEST_CASE("a picture has cells of two colours for such tests to look at") {
  CHECK(compose(lighthouse(512, 512, Format::kJpeg)).details.size() > 300);
}

TEST_CASE("equal values give equal bytes") {
  for (const Format format : kRenderFormats) {
    for (const Style style : {Style::kCells, Style::kSmooth, Style::kNoise}) {
      Picture picture = lighthouse(200, 120, format);
      picture.style = style;
      const Picture twin = picture;
      CHECK(render(picture) == render(twin));
    }
  }
}

// The picture without its caption and metadata.
std::string upper_half(const Picture& picture) {
  const Decoded decoded = decode(render(picture));
  return decoded.rgb.substr(0, decoded.rgb.size() / 2);
}

TEST_CASE("seed, prompt, model and index each change the scene, not only the caption") {
  const Picture base = lighthouse(640, 640, Format::kPng);
  Picture seed = base;
  seed.seed = 43;
  Picture prompt = base;
  prompt.prompt += ".";
  Picture model = base;
  model.model = "flux-pro-1.0";
  Picture index = base;
  index.index = 1;
  const std::set<std::string> scenes = {upper_half(base), upper_half(seed), upper_half(prompt),
                                        upper_half(model), upper_half(index)};
  CHECK(scenes.size() == 5);
}

TEST_CASE("a prompt and a model that swap a letter make another scene") {
  Picture one = lighthouse(640, 640, Format::kPng);
  one.model = "model a";
  one.prompt = "bcd";
  Picture other = one;
  other.model = "model ab";
  other.prompt = "cd";
  CHECK(upper_half(one) != upper_half(other));
}

TEST_CASE("a hundred seeds give a hundred scenes") {
  std::set<std::string> scenes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Picture picture = lighthouse(160, 320, Format::kPng);
    picture.seed = seed;
    scenes.insert(upper_half(picture));
  }
  CHECK(scenes.size() == 100);
}

TEST_CASE("another JPEG quality gives other bytes, a much better one more of them") {
  std::set<std::string> files;
  for (int quality = 1; quality <= 100; ++quality) {
    Picture picture = lighthouse(512, 512, Format::kJpeg);
    picture.quality = quality;
    files.insert(render(picture));
  }
  CHECK(files.size() >= 99);  // 1 and 2 may share the coarsest steps
  Picture poor = lighthouse(512, 512, Format::kJpeg);
  poor.quality = 10;
  Picture good = poor;
  good.quality = 95;
  CHECK(render(poor).size() < render(good).size());
}

TEST_CASE("values beyond the limits are brought within them") {
  struct Row {
    const char* name;
    Dimensions asked;
    Dimensions given;
  };
  constexpr Row kRows[] = {{"nothing", {0, -5}, {1, 1}},
                           {"too wide", {20000, 2}, {16384, 2}},
                           {"too high", {2, 20000}, {2, 16384}},
                           {"too many pixels", {16384, 16384}, {16384, 4096}}};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto size = size_of(render(lighthouse(row.asked.width, row.asked.height, Format::kWebp)));
    REQUIRE(size.has_value());
    CHECK(size->width == row.given.width);
    CHECK(size->height == row.given.height);
  }
  Picture over = lighthouse(64, 64, Format::kJpeg);
  over.quality = 1000;
  Picture best = over;
  best.quality = 100;
  CHECK(render(over) == render(best));
}

TEST_CASE("a black picture is black in every format and style, and keeps its metadata") {
  for (const Format format : kRenderFormats) {
    for (const Style style : {Style::kCells, Style::kSmooth, Style::kNoise}) {
      CAPTURE(content_type(format));
      CAPTURE(static_cast<int>(style));
      Picture picture = lighthouse(333, 222, format);
      picture.style = style;
      picture.black = true;
      const Decoded decoded = decode(render(picture));
      CHECK(decoded.rgb == std::string(std::size_t{333} * 222 * 3, '\0'));
      CHECK(decoded.text.find(metadata_of(picture)) != std::string::npos);
    }
  }
}

TEST_CASE("content types are those of the registry") {
  CHECK(content_type(Format::kJpeg) == "image/jpeg");
  CHECK(content_type(Format::kPng) == "image/png");
  CHECK(content_type(Format::kWebp) == "image/webp");
}

}  // namespace
}  // namespace emulator::image
