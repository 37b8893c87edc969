#include "emulator/image/font.h"

#include <doctest.h>

#include <array>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "emulator/image/utf8.h"

namespace emulator::image {
namespace {

using Rows = std::array<std::uint16_t, kGlyphRows>;

TEST_CASE("letters of a script are drawn and differ from each other") {
  struct Script {
    const char* name;
    char32_t first;
    char32_t last;
  };
  constexpr Script kScripts[] = {
      {"ASCII", 0x20, 0x7E},      {"Latin-1", 0xC0, 0xFF},      {"Vietnamese", 0x1EA0, 0x1EF9},
      {"Cyrillic", 0x431, 0x44F}, {"Greek", 0x3B1, 0x3C9},      {"Hebrew", 0x5D0, 0x5EA},
      {"Thai", 0xE01, 0xE2E},     {"Devanagari", 0x915, 0x939}, {"Hiragana", 0x3042, 0x3093},
      {"Han", 0x4E00, 0x9FA5},    {"Hangul", 0xAC00, 0xD7A3},   {"faces", 0x1F600, 0x1F64F}};
  for (const Script& script : kScripts) {
    CAPTURE(script.name);
    std::map<Rows, char32_t> seen;
    std::size_t twins = 0;
    for (char32_t code = script.first; code <= script.last; ++code) {
      if (!has_glyph(code)) FAIL_CHECK(static_cast<unsigned>(code));
      if (!seen.emplace(glyph(code).rows, code).second) ++twins;
    }
    // Two ideographs may look the same in 16 dots.
    CHECK(twins <= (script.last - script.first) / 500);
  }
}

TEST_CASE("a letter keeps to its places") {
  for (char32_t code = 0; code < 0x20000; ++code) {
    const Glyph& letter = glyph(code);
    if (letter.places == 1 || letter.places == 2) {
      if (letter.places == 2) continue;
      for (const std::uint16_t row : letter.rows)
        if ((row & 0xFFU) != 0) FAIL_CHECK(static_cast<unsigned>(code));
      continue;
    }
    FAIL_CHECK(static_cast<unsigned>(code));
  }
}

TEST_CASE("wide letters, marks and what is not known") {
  CHECK(glyph(U'a').places == 1);
  CHECK(glyph(0x65E5).places == 2);
  CHECK(glyph(0x1F431).places == 2);
  CHECK_FALSE(glyph(U'a').mark);
  CHECK(glyph(0x301).mark);  // an acute, eight columns back
  CHECK(glyph(0x301).back == 8);
  CHECK(glyph(0x947).back == 16);  // a vowel of Devanagari
  CHECK(glyph(0x5B8).mark);        // a vowel of Hebrew, upon the letter's left edge
  CHECK(glyph(0x5B8).back == 0);
  for (const char32_t unknown : {0x20000U, 0x30000U, 0x10FFFFU, 0xD800U}) {
    CAPTURE(static_cast<unsigned>(unknown));
    CHECK_FALSE(has_glyph(unknown));
    CHECK(glyph(unknown).rows == glyph(0x20000).rows);
  }
}

TEST_CASE("letters are the same on all threads that ask at once") {
  std::vector<std::thread> threads;
  std::array<std::size_t, 4> sums{};
  for (std::size_t& sum : sums) {
    threads.emplace_back([&sum] {
      for (char32_t code = 0x10000; code < 0x12000; ++code)
        for (const std::uint16_t row : glyph(code).rows) sum = sum * 31 + row;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t sum : sums) CHECK(sum == sums[0]);
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
