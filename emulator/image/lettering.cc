#include "emulator/image/lettering.h"

#include <fribidi.h>

#include <algorithm>
#include <iterator>

#include "emulator/image/font.h"
#include "emulator/image/utf8.h"

namespace emulator::image {
namespace {

constexpr char32_t kEllipsis = 0x2026;
constexpr std::size_t kMostLetters = 1200;

struct CodeRange {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
constexpr bool is_in(const CodeRange (&ranges)[N], char32_t code) {
  for (const CodeRange& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

constexpr CodeRange kUnseen[] = {
    {0xAD, 0xAD},       {0x34F, 0x34F},   {0x61C, 0x61C},     {0x180B, 0x180F},
    {0x200B, 0x200F},   {0x202A, 0x202E}, {0x2060, 0x206F},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB}, {0x1F3FB, 0x1F3FF},  // skin of an emoji
    {0xE0000, 0xE0FFF},
};

// Scripts from right to left, and the marks that turn the direction.
constexpr CodeRange kTurning[] = {
    {0x590, 0x8FF},   {0x200F, 0x200F}, {0x202B, 0x202B},   {0x202E, 0x202E},   {0x2067, 0x2067},
    {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFC}, {0x10800, 0x10FFF}, {0x1E800, 0x1EFFF},
};

bool is_blank(char32_t code) {
  return code <= 0x20 || (code >= 0x7F && code <= 0xA0) || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000 ||
         code == 0x1680;
}

// Text with what its direction follows from; the lists are empty where all of it runs to the right.
struct Paragraph {
  Text letters;
  std::vector<FriBidiCharType> types;
  std::vector<FriBidiLevel> levels;
  FriBidiParType base = FRIBIDI_PAR_ON;
};

// Finds directions, joins Arabic letters and turns brackets; the order stays that of reading.
Paragraph directed(const Text& text) {
  Paragraph out;
  out.letters = text;
  const bool turns =
      std::any_of(text.begin(), text.end(), [](char32_t code) { return is_in(kTurning, code); });
  if (!turns) return out;
  const auto size = static_cast<FriBidiStrIndex>(text.size());
  std::vector<FriBidiChar> letters(text.begin(), text.end());
  out.types.resize(text.size());
  out.levels.resize(text.size());
  std::vector<FriBidiBracketType> brackets(text.size());
  std::vector<FriBidiJoiningType> joins(text.size());
  fribidi_get_bidi_types(letters.data(), size, out.types.data());
  fribidi_get_bracket_types(letters.data(), size, out.types.data(), brackets.data());
  const FriBidiLevel most = fribidi_get_par_embedding_levels_ex(out.types.data(), brackets.data(),
                                                                size, &out.base, out.levels.data());
  if (most == 0) return {text, {}, {}, FRIBIDI_PAR_ON};  // no memory: as if it ran to the right
  fribidi_get_joining_types(letters.data(), size, joins.data());
  fribidi_join_arabic(out.types.data(), size, out.levels.data(), joins.data());
  fribidi_shape(
      FRIBIDI_FLAG_SHAPE_MIRRORING | FRIBIDI_FLAG_SHAPE_ARAB_PRES | FRIBIDI_FLAG_SHAPE_ARAB_LIGA,
      out.levels.data(), size, joins.data(), letters.data());
  out.letters.assign(letters.begin(), letters.end());
  return out;
}

// Part of a paragraph, on a line of its own.
struct Part {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool cut = false;  // an ellipsis follows
};

// Ideographs and their like are parted anywhere; Korean words stay whole.
bool is_parted(char32_t code) {
  return code >= 0x2E80 && places_of(code) == 2 && (code < 0xAC00 || code > 0xD7A3);
}

// What no line of Chinese or Japanese begins with, and what none ends with.
constexpr std::u32string_view kNeverFirst =
    U"、。，．・：；！？）」』】〉》〕｝”’々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ…";
constexpr std::u32string_view kNeverLast = U"（「『【〈《〔｛“‘";

bool may_part(const Text& text, std::size_t at) {
  const char32_t before = text[at - 1];
  const char32_t after = text[at];
  if (after == U' ') return true;
  if (before == U' ' || places_of(after) == 0) return false;
  if (kNeverFirst.find(after) != kNeverFirst.npos) return false;
  return (is_parted(before) || is_parted(after)) && kNeverLast.find(before) == kNeverLast.npos;
}

// The line that begins at `begin`: up to the last place where it may be parted, unless that is far
// from its end.
std::size_t end_of_line(const Text& text, std::size_t begin, int room) {
  std::size_t end = begin;
  std::size_t good = begin;
  int width = 0;
  int good_width = 0;
  while (end < text.size() && width + places_of(text[end]) <= room) {
    width += places_of(text[end++]);
    if (end == text.size()) return end;
    if (!may_part(text, end)) continue;
    good = end;
    good_width = width;
  }
  return good_width > room / 3 ? good : end;
}

std::vector<Part> parted(const Text& text, int room, std::size_t most) {
  std::vector<Part> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    if (parts.size() == most) {
      if (!parts.empty()) parts.back().cut = true;
      break;
    }
    const std::size_t end = end_of_line(text, begin, room);
    parts.push_back({begin, end, false});
    begin = end;
    while (begin < text.size() && text[begin] == U' ') ++begin;
  }
  return parts;
}

// Makes room for the ellipsis.
void shorten(const Text& text, Part& part, int room) {
  int width = 0;
  for (std::size_t i = part.begin; i < part.end; ++i) width += places_of(text[i]);
  while (part.end > part.begin && width >= room) width -= places_of(text[--part.end]);
}

ShownLine shown(const Paragraph& paragraph, const Part& part) {
  ShownLine line;
  line.letters = paragraph.letters.substr(part.begin, part.end - part.begin);
  if (part.cut) line.letters += kEllipsis;
  if (paragraph.levels.empty()) return line;
  const auto at = [](std::size_t index) { return static_cast<std::ptrdiff_t>(index); };
  std::vector<FriBidiCharType> types(paragraph.types.begin() + at(part.begin),
                                     paragraph.types.begin() + at(part.end));
  std::vector<FriBidiLevel> levels(paragraph.levels.begin() + at(part.begin),
                                   paragraph.levels.begin() + at(part.end));
  line.from_right = FRIBIDI_IS_RTL(paragraph.base);
  if (part.cut) {
    types.push_back(FRIBIDI_TYPE_ON);
    levels.push_back(line.from_right ? 1 : 0);
  }
  std::vector<FriBidiChar> letters(line.letters.begin(), line.letters.end());
  // Marks come behind their letters again, whichever way the text runs. Without memory for it, the
  // line stays in the order of reading.
  if (fribidi_reorder_line(FRIBIDI_FLAG_REORDER_NSM, types.data(),
                           static_cast<FriBidiStrIndex>(letters.size()), 0, paragraph.base,
                           levels.data(), letters.data(), nullptr) != 0)
    line.letters.assign(letters.begin(), letters.end());
  return line;
}

}  // namespace

bool is_unseen(char32_t letter) { return letter >= 0xAD && is_in(kUnseen, letter); }

int places_of(char32_t letter) {
  if (is_unseen(letter)) return 0;
  const Glyph& drawn = glyph(letter);
  return drawn.mark ? 0 : drawn.places;
}

int places_of(const Text& text) {
  int places = 0;
  for (const char32_t letter : text) places += places_of(letter);
  return places;
}

Text readable(std::string_view utf8) {
  Text text;
  std::size_t at = 0;
  while (at < utf8.size() && text.size() < kMostLetters) {
    const char32_t code = next_code_point(utf8, at);
    if (!is_blank(code)) {
      text += code;
    } else if (!text.empty() && text.back() != U' ') {
      text += U' ';
    }
  }
  if (!text.empty() && text.back() == U' ') text.pop_back();
  return text;
}

std::vector<ShownLine> set_in_lines(const Text& text, int places, std::size_t most) {
  const Paragraph paragraph = directed(text);
  std::vector<Part> parts = parted(paragraph.letters, places, most);
  std::vector<ShownLine> lines;
  lines.reserve(parts.size());
  for (Part& part : parts) {
    if (part.cut) shorten(paragraph.letters, part, places);
    lines.push_back(shown(paragraph, part));
  }
  return lines;
}

}  // namespace emulator::image
