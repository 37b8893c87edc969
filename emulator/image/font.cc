#include "emulator/image/font.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

// Letters are drawn as text, rows apart by spaces, from the top of a capital down; two more rows go
// below the base line. Latin-1 letters with accents are put together from a letter and a mark.

namespace emulator::image {
namespace {

constexpr int kAccentRows = 2;

constexpr std::uint64_t dots(std::string_view art, int first_row) {
  std::uint64_t bits = 0;
  int at = first_row * kGlyphColumns;
  for (const char c : art) {
    if (c == ' ') continue;
    if (c == '#') bits |= std::uint64_t{1} << at;
    ++at;
  }
  return bits;
}

struct Drawn {
  constexpr Drawn(char32_t letter, std::string_view art)
      : code(letter), bits(dots(art, kAccentRows)) {}
  char32_t code;
  std::uint64_t bits;
};

constexpr Drawn kDrawn[] = {
    {U' ', ""},
    {U'!', "..#.. ..#.. ..#.. ..#.. ..#.. ..... ..#.."},
    {U'"', ".#.#. .#.#. .#.#."},
    {U'#', ".#.#. .#.#. ##### .#.#. ##### .#.#. .#.#."},
    {U'$', "..#.. .#### #.#.. .###. ..#.# ####. ..#.."},
    {U'%', "##..# ##..# ...#. ..#.. .#... #..## #..##"},
    {U'&', ".##.. #..#. #.#.. .#... #.#.# #..#. .##.#"},
    {U'\'', "..#.. ..#.. ..#.."},
    {U'(', "...#. ..#.. .#... .#... .#... ..#.. ...#."},
    {U')', ".#... ..#.. ...#. ...#. ...#. ..#.. .#..."},
    {U'*', "..... ..#.. #.#.# .###. #.#.# ..#.. ....."},
    {U'+', "..... ..#.. ..#.. ##### ..#.. ..#.. ....."},
    {U',', "..... ..... ..... ..... ..... ..##. ..##. ...#. ..#.."},
    {U'-', "..... ..... ..... ##### ..... ..... ....."},
    {U'.', "..... ..... ..... ..... ..... ..##. ..##."},
    {U'/', "....# ....# ...#. ..#.. .#... #.... #...."},
    {U'0', ".###. #...# #..## #.#.# ##..# #...# .###."},
    {U'1', "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###."},
    {U'2', ".###. #...# ....# ..##. .#... #.... #####"},
    {U'3', ".###. #...# ....# ..##. ....# #...# .###."},
    {U'4', "...#. ..##. .#.#. #..#. ##### ...#. ...#."},
    {U'5', "##### #.... ####. ....# ....# #...# .###."},
    {U'6', "..##. .#... #.... ####. #...# #...# .###."},
    {U'7', "##### ....# ...#. ..#.. ..#.. .#... .#..."},
    {U'8', ".###. #...# #...# .###. #...# #...# .###."},
    {U'9', ".###. #...# #...# .#### ....# ...#. .##.."},
    {U':', "..... ..##. ..##. ..... ..##. ..##. ....."},
    {U';', "..... ..##. ..##. ..... ..##. ..##. ...#. ..#.."},
    {U'<', "...#. ..#.. .#... #.... .#... ..#.. ...#."},
    {U'=', "..... ..... ##### ..... ##### ..... ....."},
    {U'>', ".#... ..#.. ...#. ....# ...#. ..#.. .#..."},
    {U'?', ".###. #...# ....# ..##. ..#.. ..... ..#.."},
    {U'@', ".###. #...# #.### #.#.# #.### #.... .####"},
    {U'A', ".###. #...# #...# ##### #...# #...# #...#"},
    {U'B', "####. #...# #...# ####. #...# #...# ####."},
    {U'C', ".###. #...# #.... #.... #.... #...# .###."},
    {U'D', "####. #...# #...# #...# #...# #...# ####."},
    {U'E', "##### #.... #.... ####. #.... #.... #####"},
    {U'F', "##### #.... #.... ####. #.... #.... #...."},
    {U'G', ".###. #...# #.... #.### #...# #...# .####"},
    {U'H', "#...# #...# #...# ##### #...# #...# #...#"},
    {U'I', ".###. ..#.. ..#.. ..#.. ..#.. ..#.. .###."},
    {U'J', "..### ...#. ...#. ...#. ...#. #..#. .##.."},
    {U'K', "#...# #..#. #.#.. ##... #.#.. #..#. #...#"},
    {U'L', "#.... #.... #.... #.... #.... #.... #####"},
    {U'M', "#...# ##.## #.#.# #.#.# #...# #...# #...#"},
    {U'N', "#...# ##..# #.#.# #.#.# #..## #...# #...#"},
    {U'O', ".###. #...# #...# #...# #...# #...# .###."},
    {U'P', "####. #...# #...# ####. #.... #.... #...."},
    {U'Q', ".###. #...# #...# #...# #.#.# #..#. .##.#"},
    {U'R', "####. #...# #...# ####. #.#.. #..#. #...#"},
    {U'S', ".#### #.... #.... .###. ....# ....# ####."},
    {U'T', "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#.."},
    {U'U', "#...# #...# #...# #...# #...# #...# .###."},
    {U'V', "#...# #...# #...# #...# #...# .#.#. ..#.."},
    {U'W', "#...# #...# #...# #.#.# #.#.# ##.## #...#"},
    {U'X', "#...# #...# .#.#. ..#.. .#.#. #...# #...#"},
    {U'Y', "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#.."},
    {U'Z', "##### ....# ...#. ..#.. .#... #.... #####"},
    {U'[', ".###. .#... .#... .#... .#... .#... .###."},
    {U'\\', "#.... #.... .#... ..#.. ...#. ....# ....#"},
    {U']', ".###. ...#. ...#. ...#. ...#. ...#. .###."},
    {U'^', "..#.. .#.#. #...#"},
    {U'_', "..... ..... ..... ..... ..... ..... ..... #####"},
    {U'`', ".#... ..#.."},
    {U'a', "..... ..... .###. ....# .#### #...# .####"},
    {U'b', "#.... #.... ####. #...# #...# #...# ####."},
    {U'c', "..... ..... .#### #.... #.... #.... .####"},
    {U'd', "....# ....# .#### #...# #...# #...# .####"},
    {U'e', "..... ..... .###. #...# ##### #.... .###."},
    {U'f', "..##. .#..# .#... ###.. .#... .#... .#..."},
    {U'g', "..... ..... .#### #...# #...# #...# .#### ....# .###."},
    {U'h', "#.... #.... ####. #...# #...# #...# #...#"},
    {U'i', "..#.. ..... .##.. ..#.. ..#.. ..#.. .###."},
    {U'j', "...#. ..... ..##. ...#. ...#. ...#. ...#. #..#. .##.."},
    {U'k', "#.... #.... #..#. #.#.. ##... #.#.. #..#."},
    {U'l', ".##.. ..#.. ..#.. ..#.. ..#.. ..#.. .###."},
    {U'm', "..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#"},
    {U'n', "..... ..... ####. #...# #...# #...# #...#"},
    {U'o', "..... ..... .###. #...# #...# #...# .###."},
    {U'p', "..... ..... ####. #...# #...# #...# ####. #.... #...."},
    {U'q', "..... ..... .#### #...# #...# #...# .#### ....# ....#"},
    {U'r', "..... ..... #.##. ##..# #.... #.... #...."},
    {U's', "..... ..... .#### #.... .###. ....# ####."},
    {U't', ".#... .#... ###.. .#... .#... .#..# ..##."},
    {U'u', "..... ..... #...# #...# #...# #...# .####"},
    {U'v', "..... ..... #...# #...# #...# .#.#. ..#.."},
    {U'w', "..... ..... #...# #.#.# #.#.# #.#.# .#.#."},
    {U'x', "..... ..... #...# .#.#. ..#.. .#.#. #...#"},
    {U'y', "..... ..... #...# #...# #...# #...# .#### ....# .###."},
    {U'z', "..... ..... ##### ...#. ..#.. .#... #####"},
    {U'{', "...#. ..#.. ..#.. .#... ..#.. ..#.. ...#."},
    {U'|', "..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.."},
    {U'}', ".#... ..#.. ..#.. ...#. ..#.. ..#.. .#..."},
    {U'~', "..... ..... .#..# #.##. ..... ..... ....."},
    {0xA0, ""},
    {0xA1, "..#.. ..... ..#.. ..#.. ..#.. ..#.. ..#.."},
    {0xA2, "..... ..#.. .#### #.#.. #.#.. .#### ..#.."},
    {0xA3, "..##. .#..# .#... ###.. .#... .#... #####"},
    {0xA5, "#...# .#.#. ##### ..#.. ##### ..#.. ..#.."},
    {0xA6, "..#.. ..#.. ..#.. ..... ..#.. ..#.. ..#.."},
    {0xA7, ".#### #.... .###. #...# .###. ....# ####."},
    {0xA8, ".#.#."},
    {0xA9, ".###. #...# #.### #.#.. #.### #...# .###."},
    {0xAA, ".##.. ...#. .###. #..#. .###. ..... ####."},
    {0xAB, "..... ..#.# .#.#. #.#.. .#.#. ..#.# ....."},
    {0xAC, "..... ..... ##### ....# ....# ..... ....."},
    {0xAE, ".###. #...# ###.# ##..# #.#.# #...# .###."},
    {0xAF, "#####"},
    {0xB0, ".##.. #..#. #..#. .##.."},
    {0xB1, "..... ..#.. ..#.. ##### ..#.. ..#.. #####"},
    {0xB2, ".##.. ...#. ..#.. .###."},
    {0xB3, ".###. ..##. ...#. .##.."},
    {0xB4, "...#. ..#.."},
    {0xB5, "..... ..... #...# #...# #...# ##..# #.##. #.... #...."},
    {0xB6, ".#### ###.# ###.# .##.# ..#.# ..#.# ..#.#"},
    {0xB7, "..... ..... ..... ..#.. ..... ..... ....."},
    {0xB9, "..#.. .##.. ..#.. .###."},
    {0xBA, ".##.. #..#. #..#. .##.. ..... ..... ####."},
    {0xBB, "..... #.#.. .#.#. ..#.# .#.#. #.#.. ....."},
    {0xBC, "#...# #..#. #.#.. .#.#. #.##. ..### ...#."},
    {0xBD, "#...# #..#. #.#.. .###. #...# ..##. ..###"},
    {0xBE, "##..# .#.#. ###.. .#.#. #.##. ..### ...#."},
    {0xBF, "..#.. ..... ..#.. .##.. #.... #...# .###."},
    {0xC6, ".#### #.#.. #.#.. ##### #.#.. #.#.. #.###"},
    {0xD0, ".###. .#..# .#..# ###.# .#..# .#..# .###."},
    {0xD7, "..... ..... #...# .#.#. ..#.. .#.#. #...#"},
    {0xD8, ".##.# #..#. #.#.# #.#.# #.#.# .#..# #.##."},
    {0xDE, "#.... ####. #...# #...# ####. #.... #...."},
    {0xDF, ".##.. #..#. #..#. #.##. #...# #...# #.##."},
    {0xE6, "..... ..... ##.#. ..#.# ##### #.#.. .####"},
    {0xF0, ".#.#. ..#.. .#.#. ...## .#### #...# .###."},
    {0xF7, "..... ..#.. ..... ##### ..... ..#.. ....."},
    {0xF8, "..... ..... .###. #..## #.#.# ##..# .###."},
    {0xFE, "#.... #.... ####. #...# #...# #...# ####. #.... #...."},
    {0x131, "..... ..... .##.. ..#.. ..#.. ..#.. .###."},
    {0x152, ".#### #.#.. #.#.. #.### #.#.. #.#.. .####"},
    {0x153, "..... ..... .#.#. #.#.# #.### #.#.. .#.##"},
    {0x2022, "..... ..... .###. .###. .###. ..... ....."},
    {0x2026, "..... ..... ..... ..... ..... ..... #.#.#"},
    {0x20AC, "..### .#... ####. .#... ####. .#... ..###"},
};

enum class Mark { kGrave, kAcute, kCircumflex, kTilde, kDots, kRing, kCedilla };

struct Accented {
  char32_t code;
  char32_t base;
  Mark mark;
};

constexpr Accented kAccented[] = {
    {0xC0, U'A', Mark::kGrave},      {0xC1, U'A', Mark::kAcute},
    {0xC2, U'A', Mark::kCircumflex}, {0xC3, U'A', Mark::kTilde},
    {0xC4, U'A', Mark::kDots},       {0xC5, U'A', Mark::kRing},
    {0xC7, U'C', Mark::kCedilla},    {0xC8, U'E', Mark::kGrave},
    {0xC9, U'E', Mark::kAcute},      {0xCA, U'E', Mark::kCircumflex},
    {0xCB, U'E', Mark::kDots},       {0xCC, U'I', Mark::kGrave},
    {0xCD, U'I', Mark::kAcute},      {0xCE, U'I', Mark::kCircumflex},
    {0xCF, U'I', Mark::kDots},       {0xD1, U'N', Mark::kTilde},
    {0xD2, U'O', Mark::kGrave},      {0xD3, U'O', Mark::kAcute},
    {0xD4, U'O', Mark::kCircumflex}, {0xD5, U'O', Mark::kTilde},
    {0xD6, U'O', Mark::kDots},       {0xD9, U'U', Mark::kGrave},
    {0xDA, U'U', Mark::kAcute},      {0xDB, U'U', Mark::kCircumflex},
    {0xDC, U'U', Mark::kDots},       {0xDD, U'Y', Mark::kAcute},
    {0xE0, U'a', Mark::kGrave},      {0xE1, U'a', Mark::kAcute},
    {0xE2, U'a', Mark::kCircumflex}, {0xE3, U'a', Mark::kTilde},
    {0xE4, U'a', Mark::kDots},       {0xE5, U'a', Mark::kRing},
    {0xE7, U'c', Mark::kCedilla},    {0xE8, U'e', Mark::kGrave},
    {0xE9, U'e', Mark::kAcute},      {0xEA, U'e', Mark::kCircumflex},
    {0xEB, U'e', Mark::kDots},       {0xEC, 0x131, Mark::kGrave},
    {0xED, 0x131, Mark::kAcute},     {0xEE, 0x131, Mark::kCircumflex},
    {0xEF, 0x131, Mark::kDots},      {0xF1, U'n', Mark::kTilde},
    {0xF2, U'o', Mark::kGrave},      {0xF3, U'o', Mark::kAcute},
    {0xF4, U'o', Mark::kCircumflex}, {0xF5, U'o', Mark::kTilde},
    {0xF6, U'o', Mark::kDots},       {0xF9, U'u', Mark::kGrave},
    {0xFA, U'u', Mark::kAcute},      {0xFB, U'u', Mark::kCircumflex},
    {0xFC, U'u', Mark::kDots},       {0xFD, U'y', Mark::kAcute},
    {0xFF, U'y', Mark::kDots},
};

// What a prompt pasted from a word processor holds, and its plain twin.
constexpr std::pair<char32_t, char32_t> kTwins[] = {
    {0xAD, U'-'},   {0x2010, U'-'},  {0x2011, U'-'},  {0x2012, U'-'}, {0x2013, U'-'},
    {0x2014, U'-'}, {0x2018, U'\''}, {0x2019, U'\''}, {0x201C, U'"'}, {0x201D, U'"'},
    {0x201E, U'"'}, {0x2009, U' '},  {0x202F, U' '},  {0x3000, U' '},
};

constexpr std::string_view mark_art(Mark mark) {
  switch (mark) {
    case Mark::kGrave:
      return ".#... ..#..";
    case Mark::kAcute:
      return "...#. ..#..";
    case Mark::kCircumflex:
      return "..#.. .#.#.";
    case Mark::kTilde:
      return ".##.# #.##.";
    case Mark::kDots:
      return ".#.#. .....";
    case Mark::kRing:
      return ".###. .#.#. .###.";
    case Mark::kCedilla:
      return "..#.. .##..";
  }
  return "";
}

constexpr std::uint64_t drawn(char32_t code) {
  for (const Drawn& entry : kDrawn) {
    if (entry.code == code) return entry.bits;
  }
  return 0;
}

// Capitals reach higher, so their marks sit in the rows above; small letters leave a row free.
constexpr std::uint64_t put_together(const Accented& letter) {
  const bool capital = letter.base < U'a';
  int row = capital || letter.mark == Mark::kRing ? 0 : 1;
  if (letter.mark == Mark::kCedilla) row = kGlyphRows - kAccentRows;
  if (letter.mark == Mark::kDots && !capital) row = 2;
  return drawn(letter.base) | dots(mark_art(letter.mark), row);
}

constexpr char32_t kTableEnd = 0x100;

constexpr std::uint64_t kMissing = ~std::uint64_t{0};

constexpr std::array<std::uint64_t, kTableEnd> make_table() {
  std::array<std::uint64_t, kTableEnd> table{};
  table.fill(kMissing);
  for (const Drawn& entry : kDrawn) {
    if (entry.code < kTableEnd) table[entry.code] = entry.bits;
  }
  for (const Accented& entry : kAccented) table[entry.code] = put_together(entry);
  return table;
}

constexpr std::array<std::uint64_t, kTableEnd> kTable = make_table();
constexpr std::uint64_t kBox = dots("##### #...# #...# #...# #...# #...# #####", kAccentRows);

std::uint64_t find(char32_t code) {
  for (const auto& [fancy, plain] : kTwins) {
    if (code == fancy) code = plain;
  }
  if (code < kTableEnd) return kTable[code];
  const auto* const entry = std::find_if(std::begin(kDrawn), std::end(kDrawn),
                                         [code](const Drawn& d) { return d.code == code; });
  return entry == std::end(kDrawn) ? kMissing : entry->bits;
}

}  // namespace

std::uint64_t glyph(char32_t code) {
  const std::uint64_t found = find(code);
  return found == kMissing ? kBox : found;
}

bool has_glyph(char32_t code) { return find(code) != kMissing; }

}  // namespace emulator::image
