#include "emulator/image/font.h"

#include <doctest.h>

#include <map>
#include <string>

#include "emulator/image/utf8.h"

namespace emulator::image {
namespace {

TEST_CASE("ASCII is complete and no two of its letters look the same") {
  std::map<std::uint64_t, char32_t> seen;
  for (char32_t code = 0x20; code < 0x7F; ++code) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK(has_glyph(code));
    CHECK(seen.emplace(glyph(code), code).second);
  }
}

TEST_CASE("letters of Latin-1 are drawn and differ from each other") {
  std::map<std::uint64_t, char32_t> seen;
  for (char32_t code = 0xC0; code <= 0xFF; ++code) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK(has_glyph(code));
    CHECK(seen.emplace(glyph(code), code).second);
  }
}

TEST_CASE("a letter keeps to its box") {
  constexpr int kBits = kGlyphColumns * kGlyphRows;
  for (char32_t code = 0; code < 0x2100; ++code) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK((glyph(code) >> kBits) == 0);
  }
}

TEST_CASE("what is not known is a box") {
  CHECK_FALSE(has_glyph(0x65E5));
  CHECK(glyph(0x65E5) == glyph(0x1F600));
  CHECK(glyph(0x65E5) != glyph(U' '));
}

std::u32string decoded(const std::string& utf8) {
  std::u32string out;
  for (std::size_t at = 0; at < utf8.size();) out += next_code_point(utf8, at);
  return out;
}

TEST_CASE("UTF-8 is read strictly, a bad byte at a time") {
  struct Row {
    const char* name;
    std::string bytes;
    std::u32string codes;
  };
  const Row rows[] = {
      {"ascii", "aZ~", U"aZ~"},
      {"two bytes", "\xC3\xA9", U"\u00E9"},
      {"three bytes", "\xE6\x97\xA5", U"\u65E5"},
      {"four bytes", "\xF0\x9F\x98\x80", U"\U0001F600"},
      {"cut short", "a\xE6\x97", U"a\uFFFD\uFFFD"},
      {"overlong slash", "\xC0\xAF", U"\uFFFD\uFFFD"},
      {"overlong in three", "\xE0\x80\xAF", U"\uFFFD\uFFFD\uFFFD"},
      {"surrogate", "\xED\xA0\x80", U"\uFFFD\uFFFD\uFFFD"},
      {"beyond the last", "\xF4\x90\x80\x80", U"\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"lone continuation", "\x80z", U"\uFFFDz"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(decoded(row.bytes) == row.codes);
  }
}

TEST_CASE("what is written as UTF-8 is read back") {
  for (const char32_t code : {0x1U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFDU, 0x10000U, 0x10FFFFU}) {
    std::string out;
    append_utf8(out, code);
    CHECK(decoded(out) == std::u32string(1, code));
  }
}

}  // namespace
}  // namespace emulator::image
