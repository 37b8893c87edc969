// Drawing in pieces: the same bytes, asked for leave often enough, and ended when nobody wants
// them.
#include <doctest.h>

#include "emulator/image/drawing.h"
#include "tests/support/cpu_time.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

struct Counting final : Pace {
  void go_on() override {
    ++asked;
    if (asked >= ends_at) throw GivenUp{};
    const double now = test::thread_cpu();
    if (last > 0) longest = std::max(longest, now - last);
    last = now;
  }
  int asked = 0;
  int ends_at = 1 << 30;
  double last = 0;
  double longest = 0;  // processor time between two looks, in seconds
};

template <class Check>
void for_each_kind(const Check& check) {
  for (const Style style : {Style::kCells, Style::kSmooth, Style::kNoise}) {
    for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
      Picture picture = lighthouse(512, 384, format);
      picture.style = style;
      CAPTURE(content_type(format));
      CAPTURE(static_cast<int>(style));
      check(picture);
    }
  }
}

TEST_CASE("a picture drawn in pieces has the bytes of one drawn at once") {
  for_each_kind([](const Picture& picture) {
    Counting pace;
    CHECK(render(picture, pace) == render(picture));
    CHECK(pace.asked >= 384 / 8);
  });
}

TEST_CASE("drawing ends wherever it is given up, in every format") {
  for_each_kind([](const Picture& picture) {
    Counting all;
    render(picture, all);
    for (int part = 1; part <= 8; ++part) {
      Counting pace;
      pace.ends_at = std::max(1, all.asked * part / 8);
      CHECK_THROWS_AS(render(picture, pace), GivenUp);
      CHECK(pace.asked == pace.ends_at);
    }
  });
}

TEST_CASE("between two looks there is a small part of the work, however large the picture") {
  for (const Format format : {Format::kJpeg, Format::kPng, Format::kWebp}) {
    CAPTURE(content_type(format));
    Picture picture = lighthouse(1536, 1536, format);
    picture.style = Style::kNoise;
    Counting pace;
    const double before = test::thread_cpu();
    render(picture, pace);
    CHECK(pace.longest < (test::thread_cpu() - before) / 4);
  }
}

TEST_CASE("a PNG of pixels is read by the reference decoder, whatever repeats in it") {
  for (const bool black : {false, true}) {
    for (const Style style : {Style::kSmooth, Style::kNoise}) {
      for (const int width : {1, 2, 3, 500}) {
        Picture picture = lighthouse(width, 300, Format::kPng);
        picture.style = style;
        picture.black = black;
        const Decoded decoded = decode(render(picture));
        CHECK(decoded.width == width);
        CHECK(decoded.height == 300);
        if (black) CHECK(decoded.at(width - 1, 299).g == decoded.at(0, 0).g);
      }
    }
  }
  Picture black = lighthouse(2000, 2000, Format::kPng);
  black.style = Style::kNoise;
  black.black = true;
  CHECK(render(black).size() < 200'000);
}

}  // namespace
}  // namespace emulator::image
