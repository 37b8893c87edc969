#include "emulator/image/lettering.h"

#include <doctest.h>

namespace emulator::image {
namespace {

std::vector<Text> letters_of(const std::string& utf8, int places, std::size_t most = 9) {
  std::vector<Text> out;
  for (const ShownLine& line : set_in_lines(readable(utf8), places, most))
    out.push_back(line.letters);
  return out;
}

using Lines = std::vector<Text>;

TEST_CASE("white space of every kind is one blank") {
  CHECK(readable("  a\n\tb\u00A0\u3000c\u2028 ") == U"a b c");
  CHECK(readable("\x01\x7F") == U"");
  CHECK(readable("a\xFF") == U"a\uFFFD");
  CHECK(readable(std::string(5000, 'x')).size() == 1200);
}

TEST_CASE("letters, wide letters, marks and what is not seen take 1, 2, 0 and 0 places") {
  CHECK(places_of(U"abc") == 3);
  CHECK(places_of(U"\u65E5\u672C") == 4);
  CHECK(places_of(U"e\u0301") == 1);
  CHECK(places_of(U"\u0915\u093F") == 2);
  CHECK(places_of(U"\u200D\uFE0F\u202E") == 0);
}

TEST_CASE("lines are broken at blanks, long words where they end") {
  CHECK(letters_of("one two three", 7) == Lines{U"one two", U"three"});
  CHECK(letters_of("one two three", 8) == Lines{U"one two", U"three"});
  CHECK(letters_of("xxxxxxxxxx yy", 4) == Lines{U"xxxx", U"xxxx", U"xx", U"yy"});
  CHECK(letters_of("a xxxxxxxxxx", 6) == Lines{U"a xxxx", U"xxxxxx"});
  CHECK(letters_of("", 5).empty());
}

TEST_CASE("what does not fit ends in an ellipsis, within the width") {
  CHECK(letters_of("one two three", 7, 1) == Lines{U"one tw\u2026"});
  CHECK(letters_of("one two three", 8, 1) == Lines{U"one two\u2026"});
  CHECK(letters_of("\u65E5\u672C\u8A9E", 4, 1) == Lines{U"\u65E5\u2026"});
  CHECK(letters_of("one", 3, 1) == Lines{U"one"});
}

TEST_CASE("ideographs are parted anywhere, but not before what closes") {
  CHECK(letters_of("\u8D64\u3044\u308A\u3093\u3054", 6) ==
        Lines{U"\u8D64\u3044\u308A", U"\u3093\u3054"});
  CHECK(letters_of("\u8D64\u3044\u308A\u3002\u3054", 6) ==
        Lines{U"\u8D64\u3044", U"\u308A\u3002\u3054"});
  CHECK(letters_of("ab \uBE68\uAC04 \uC0AC\uACFC", 10) ==
        Lines{U"ab \uBE68\uAC04", U"\uC0AC\uACFC"});  // Korean words stay whole
}

TEST_CASE("no mark begins a line") {
  CHECK(letters_of("abe\u0301d", 3) == Lines{U"abe\u0301", U"d"});
  CHECK(letters_of("\u0E17\u0E35\u0E48\u0E17\u0E35\u0E48", 1) ==
        Lines{U"\u0E17\u0E35\u0E48", U"\u0E17\u0E35\u0E48"});
}

TEST_CASE("Hebrew runs from right to left, its numbers and Latin words do not") {
  const auto lines = set_in_lines(readable("\u05D1\u05D9\u05EA 12 (ab)"), 20, 2);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].letters == U"(ab) 12 \u05EA\u05D9\u05D1");
  CHECK(lines[0].from_right);
  const auto within = set_in_lines(readable("a \u05D1\u05D9\u05EA b"), 20, 2);
  CHECK(within[0].letters == U"a \u05EA\u05D9\u05D1 b");
  CHECK_FALSE(within[0].from_right);
}

TEST_CASE("lines from right to left are broken in the order of reading") {
  CHECK(letters_of("\u05D0\u05D1 \u05D2\u05D3 \u05D4\u05D5", 5) ==
        Lines{U"\u05D3\u05D2 \u05D1\u05D0", U"\u05D5\u05D4"});
  CHECK(letters_of("\u05D0\u05D1 \u05D2\u05D3 \u05D4\u05D5", 5, 1) ==
        Lines{U"\u2026\u05D2 \u05D1\u05D0"});
}

TEST_CASE("Arabic letters are joined, a mark stays with its letter") {
  // qitta, a cat: beginning, middle, end forms.
  CHECK(letters_of("\u0642\u0637\u0629", 9) == Lines{U"\uFE94\uFEC4\uFED7"});
  // lam and alef become one letter; what is left of the second is not seen.
  const auto lines = set_in_lines(readable("\u0644\u0627"), 9, 1);
  CHECK(places_of(lines[0].letters) == 1);
  CHECK(lines[0].letters.find(U'\uFEFB') != Text::npos);
  // Hebrew with a vowel: the letter first, then the mark upon it.
  CHECK(letters_of("\u05D1\u05B8\u05D0", 9) == Lines{U"\u05D0\u05D1\u05B8"});
}

TEST_CASE("a text of nothing but steering marks is nothing, and ends") {
  CHECK(places_of(readable("\u202E\u202E\u2067")) == 0);
  CHECK(letters_of("\u202E\u202E\u2067", 3).size() <= 1);
}

}  // namespace
}  // namespace emulator::image
