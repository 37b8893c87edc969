#include "emulator/image/caption.h"

#include <doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "emulator/image/font.h"
#include "emulator/image/palette.h"
#include "tests/unit/image/decoders.h"

namespace emulator::image {
namespace {

// Reads a caption back from the pixels of a file, as somebody would who knows the letters.
class CaptionReader {
 public:
  // `dot` is the side of a letter's dot, `first` the leftmost letter of the prompt.
  CaptionReader(const Picture& picture, int dot, char32_t first = U'H')
      : decoded_(decode(render(picture))), palette_(compose(picture).palette), dot_(dot) {
    while (left_ < decoded_.width && top_of_ink() == decoded_.height) ++left_;
    int column = 0, row = 0;
    const auto has_ink = [&] {
      return (glyph(first).rows[static_cast<std::size_t>(row)] << column & 0x8000) != 0;
    };
    while (!has_ink()) {
      if (++row == kGlyphRows) row = 0, ++column;
    }
    top_ = top_of_ink() - row * dot;
    left_ -= column * dot;
  }

  // Whether line `line` shows these letters in this order, from place `place` on.
  bool shows(int line, const std::u32string& letters, int place = 0) const {
    const int leading = dot_ == 1 ? 0 : 2 * dot_;
    const int pitch = (kGlyphRows * dot_ + leading + kCell - 1) / kCell * kCell;
    int pen = left_ + place * kPlaceColumns * dot_;
    for (std::size_t i = 0; i < letters.size();) {
      Glyph wanted = glyph(letters[i]);
      const int width = wanted.places * kPlaceColumns;
      for (++i; i < letters.size() && glyph(letters[i]).mark; ++i) {
        const Glyph& mark = glyph(letters[i]);
        const int right = mark.back == 0 ? 0 : width - mark.back;
        for (std::size_t row = 0; row < wanted.rows.size(); ++row)
          wanted.rows[row] |= static_cast<std::uint16_t>(mark.rows[row] >> right);
      }
      if (rows_at(pen, top_ + line * pitch, width) != wanted.rows) return false;
      pen += width * dot_;
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

  std::array<std::uint16_t, kGlyphRows> rows_at(int left, int top, int width) const {
    std::array<std::uint16_t, kGlyphRows> rows{};
    for (int row = 0; row < kGlyphRows; ++row) {
      for (int column = 0; column < width; ++column) {
        const int x = left + column * dot_ + dot_ / 2;
        const int y = top + row * dot_ + dot_ / 2;
        if (x >= decoded_.width || y < 0 || y >= decoded_.height) continue;
        if (is_ink(decoded_.at(x, y)))
          rows[static_cast<std::size_t>(row)] |= static_cast<std::uint16_t>(0x8000 >> column);
      }
    }
    return rows;
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
    std::u32string size;
  };
  const Row rows[] = {{2752, 1536, 8, U"2752\u00D71536"},
                      {1024, 1024, 3, U"1024\u00D71024"},
                      {640, 480, 2, U"640\u00D7480"}};
  for (const Row& row : rows) {
    CAPTURE(row.width);
    for (const Format format : {Format::kPng, Format::kWebp}) {
      Picture picture = house(row.width, row.height);
      picture.format = format;
      picture.model = "flux-1";
      const CaptionReader reader(picture, row.dot);
      CHECK(reader.shows(0, U"House of glass"));
      CHECK(reader.shows(1, U"flux-1  " + row.size + U"  seed 42"));
    }
  }
}

TEST_CASE("what does not fit in a line goes on in the next") {
  const CaptionReader reader(house(256, 256), 1);
  CHECK(reader.shows(0, U"House of glass"));
  CHECK(reader.shows(1, U"flux-pro-1.1  256\u00D7256"));
  CHECK(reader.shows(2, U"seed 42  picture 4"));
}

TEST_CASE("a reader of captions is not content with other letters") {
  const CaptionReader reader(house(1024, 1024), 3);
  CHECK(reader.shows(0, U"House of glass"));
  CHECK_FALSE(reader.shows(0, U"House of grass"));
  CHECK_FALSE(reader.shows(1, U"flux-pro-1.1  1024\u00D71024  seed 43"));
}

TEST_CASE("a long prompt is wrapped at blanks and shortened") {
  Picture picture = house(1024, 1024);
  picture.prompt = "H abcdefg";
  for (int i = 0; i < 39; ++i) picture.prompt += " abcdefg";
  const CaptionReader reader(picture, 3);
  CHECK(reader.shows(0, U"H abcdefg abcdefg abcdefg abcdefg"));
  CHECK(reader.shows(1, U"abcdefg abcdefg"));
  CHECK(reader.shows(2, U"abcdefg abcdefg abcdefg abcdefg abcdef\u2026"));
  CHECK(reader.shows(3, U"flux-pro-1.1"));
}

TEST_CASE("letters of all scripts are drawn, marks upon theirs, and what nobody knows is a box") {
  Picture picture = house(1024, 1024);
  picture.prompt =
      "H\u00E9\u00DF \u017B\u00F3\u0142\u0107 \u0416 \u03A9 \u65E5\u672C \uD55C \u0E17\u0E35\u0E48 "
      "a\u0301 "
      "\U0001F431 \U000E1000\U00020000";
  const CaptionReader reader(picture, 3);
  CHECK(reader.shows(0,
                     U"H\u00E9\u00DF \u017B\u00F3\u0142\u0107 \u0416 \u03A9 \u65E5\u672C \uD55C "
                     U"\u0E17\u0E35\u0E48 a\u0301 \U0001F431"));
  CHECK_FALSE(has_glyph(0x20000));
  CHECK(reader.shows(0, U"\U00020000\U00020000", 28));
}

TEST_CASE("what runs from right to left is drawn so, at the right end of the plate") {
  Picture picture = house(1024, 1024);
  picture.prompt = "\u05D1\u05D9\u05EA";  // a house, in Hebrew
  picture.model = "";
  picture.index = 0;
  const CaptionReader reader(picture, 3, U'\u05EA');
  CHECK(reader.shows(0, U"\u05EA\u05D9\u05D1"));
  CHECK(reader.shows(1, U" 42"));  // the end of "1024\u00D71024  seed 42"
}

TEST_CASE("the largest seed fits into a common size") {
  Picture picture = house(1024, 1024);
  picture.seed = 18446744073709551615U;
  picture.model = "";
  const CaptionReader reader(picture, 3);
  CHECK(reader.shows(1, U"1024\u00D71024  seed 18446744073709551615"));
  CHECK(reader.shows(2, U"picture 4"));
}

TEST_CASE("the first picture of a task is not counted") {
  Picture picture = house(1024, 1024);
  picture.model = "";
  picture.index = 0;
  CHECK(CaptionReader(picture, 3).shows(1, U"1024\u00D71024  seed 42   "));
}

TEST_CASE("letters of an upright picture are as large as those of one on its side") {
  for (const int width : {576, 768, 1024}) {
    CAPTURE(width);
    CHECK(CaptionReader(house(width, 1024), 3).shows(0, U"House of glass"));
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
