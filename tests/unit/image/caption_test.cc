#include "emulator/image/caption.h"

#include <doctest.h>

#include <algorithm>
#include <string>

#include "emulator/image/font.h"
#include "emulator/image/palette.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

// Reads a caption back from the pixels of a file, as somebody would who knows the letters.
class CaptionReader {
 public:
  // `dot` is the side of a letter's dot. The prompt must begin with a letter that fills its first
  // column, from the top of a capital on: H, for instance.
  CaptionReader(const Picture& picture, int dot)
      : decoded_(decode(render(picture))), palette_(compose(picture).palette), dot_(dot) {
    while (left_ < decoded_.width && top_of_ink() == decoded_.height) ++left_;
    top_ = top_of_ink();
    top_ -= 2 * dot;  // the rows for accents
  }

  // Whether line `line` begins with these letters.
  bool shows(int line, const std::u32string& letters) const {
    const int pitch = (kLinePitch * dot_ + kCell - 1) / kCell * kCell;
    int pen = left_;
    for (const char32_t letter : letters) {
      if (glyph_at(pen, top_ + line * pitch) != glyph(letter)) return false;
      pen += kGlyphPitch * dot_;
    }
    return true;
  }

 private:
  // The first pixel of the prompt in the column `left_`; the height when there is none.
  int top_of_ink() const {
    int y = 0;
    while (y < decoded_.height && !(decoded_.at(left_, y) == palette_[kInk])) ++y;
    return y;
  }

  std::uint64_t glyph_at(int left, int top) const {
    std::uint64_t dots = 0;
    for (int row = 0; row < kGlyphRows; ++row) {
      for (int column = 0; column < kGlyphColumns; ++column) {
        const int x = left + column * dot_ + dot_ / 2;
        const int y = top + row * dot_ + dot_ / 2;
        if (x >= decoded_.width || y < 0 || y >= decoded_.height) continue;
        if (is_ink(decoded_.at(x, y))) dots |= std::uint64_t{1} << (row * kGlyphColumns + column);
      }
    }
    return dots;
  }

  bool is_ink(Rgb colour) const {
    return colour == palette_[kInk] || colour == palette_[kSoftInk] || colour == palette_[kAccent];
  }

  Decoded decoded_;
  Palette palette_;
  int dot_;
  int left_ = 0;
  int top_ = 0;
};

Picture house(int width, int height) {
  Picture picture = lighthouse(width, height, Format::kPng);
  picture.prompt = "House of glass";
  picture.index = 3;
  return picture;
}

TEST_CASE("prompt, model, size, seed and index can be read in the picture") {
  struct Row {
    int width;
    int height;
    int dot;
    std::u32string facts;
  };
  const Row rows[] = {{2752, 1536, 8, U"2752\u00D71536  seed 42  picture 4"},
                      {1024, 1024, 4, U"1024\u00D71024  seed 42  picture 4"},
                      {512, 384, 2, U"512\u00D7384  seed 42  picture 4"},
                      {256, 256, 1, U"256\u00D7256  seed 42  picture 4"}};
  for (const Row& row : rows) {
    CAPTURE(row.width);
    for (const Format format : {Format::kPng, Format::kWebp}) {
      Picture picture = house(row.width, row.height);
      picture.format = format;
      const CaptionReader reader(picture, row.dot);
      CHECK(reader.shows(0, U"House of glass"));
      CHECK(reader.shows(1, U"flux-pro-1.1"));
      CHECK(reader.shows(2, row.facts));
    }
  }
}

TEST_CASE("a reader of captions is not content with other letters") {
  const CaptionReader reader(house(1024, 1024), 4);
  CHECK_FALSE(reader.shows(0, U"House of grass"));
  CHECK_FALSE(reader.shows(2, U"1024\u00D71024  seed 43  picture 4"));
}

TEST_CASE("a long prompt is wrapped at blanks and shortened") {
  Picture picture = house(1024, 1024);
  picture.prompt = "H abcdefg";
  for (int i = 0; i < 39; ++i) picture.prompt += " abcdefg";
  const CaptionReader reader(picture, 4);
  CHECK(reader.shows(0, U"H abcdefg abcdefg abcdefg abcdefg"));
  CHECK(reader.shows(1, U"abcdefg abcdefg"));
  CHECK(reader.shows(3, U"abcdefg abcdefg abcdefg abcdefg abcdef\u2026"));
  CHECK(reader.shows(4, U"flux-pro-1.1"));
}

TEST_CASE("a word longer than a line is broken, and new lines count as blanks") {
  Picture picture = house(1024, 1024);
  picture.prompt = "H\n\t " + std::string(60, 'x');
  const CaptionReader reader(picture, 4);
  CHECK(reader.shows(0, U"H xxxxxxxxxx"));
  CHECK(reader.shows(1, U"xxxxxxxxxx"));
}

TEST_CASE("accents are drawn, and letters that are not known are boxes") {
  Picture picture = house(1024, 1024);
  picture.prompt = "H\u00E9\u00DF \u2018q\u2019 \u65E5\u672C \xFF";
  const CaptionReader reader(picture, 4);
  CHECK(reader.shows(0, U"H\u00E9\u00DF 'q' \u65E5\u672C \uFFFD"));
  CHECK(glyph(0x65E5) != 0);
}

TEST_CASE("the largest seed fits into a common size") {
  Picture picture = house(1024, 1024);
  picture.seed = 18446744073709551615U;
  const CaptionReader reader(picture, 4);
  CHECK(reader.shows(2, U"1024\u00D71024  seed 18446744073709551615"));
  CHECK(reader.shows(3, U"picture 4"));
}

TEST_CASE("the first picture of a task is not counted") {
  Picture picture = house(1024, 1024);
  picture.index = 0;
  const CaptionReader reader(picture, 4);
  CHECK(reader.shows(2, U"1024\u00D71024  seed 42   "));
}

TEST_CASE("letters of an upright picture are as large as those of one on its side") {
  for (const int width : {576, 768, 1024}) {
    CAPTURE(width);
    CHECK(CaptionReader(house(width, 1024), 4).shows(0, U"House of glass"));
  }
  CHECK(CaptionReader(house(1344, 3136), 8).shows(0, U"House of glass"));
}

bool has_caption(const Picture& picture) {
  const Cells cells = compose(picture);
  return std::any_of(cells.values.begin(), cells.values.end(), [&](std::uint16_t value) {
    const Detail detail = detail_of(cells, value);
    return detail.front >= kPlate && detail.front <= kAccent;
  });
}

TEST_CASE("a picture below 160 pixels on a side has no caption") {
  CHECK(has_caption(house(160, 160)));
  CHECK_FALSE(has_caption(house(159, 1024)));
  CHECK_FALSE(has_caption(house(1024, 159)));
  CHECK_FALSE(has_caption(house(64, 64)));
}

TEST_CASE("a picture asked for without caption is the scene alone") {
  Picture with = house(640, 480);
  Picture without = with;
  without.caption = false;
  CHECK(has_caption(with));
  CHECK_FALSE(has_caption(without));
  const Cells captioned = compose(with);
  const Cells scene = compose(without);
  CHECK(captioned.palette == scene.palette);
  CHECK(std::equal(scene.values.begin(), scene.values.begin() + scene.columns * scene.rows / 3,
                   captioned.values.begin()));
}

}  // namespace
}  // namespace emulator::image
