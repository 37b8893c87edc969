#include "emulator/image/caption.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/image/draw.h"
#include "emulator/image/font.h"
#include "emulator/image/palette.h"
#include "emulator/image/utf8.h"

namespace emulator::image {
namespace {

using Text = std::u32string;

constexpr char32_t kEllipsis = 0x2026;
constexpr char32_t kTimes = 0xD7;
constexpr std::size_t kMostLetters = 1200;  // of a prompt are looked at; far more than are shown
constexpr int kMostPromptLines = 4;

struct Line {
  Text text;
  Index ink = kInk;
};

// Where the caption is and how large its letters are; pixels unless said otherwise.
struct Layout {
  int dot = 1;      // of a letter
  int pitch = 16;   // from line to line: whole cells, so that a cell never holds two inks
  int padding = 0;  // between plate and text, whole cells
  int margin = 0;   // around the plate, whole cells
  int letters = 0;  // a line
  int lines = 0;
};

int whole_cells(int pixels) { return (pixels + kCell - 1) / kCell * kCell; }

// The largest letters of which some thirty fit in a line. The dot is a power of two, so that it is
// a part of a cell or whole cells.
int dot_for(int width, int height) {
  const int room = std::min(width, 2 * height);
  int dot = 1;
  while (dot < 64 && room / (2 * dot * kGlyphPitch) >= 30) dot *= 2;
  return dot;
}

Layout layout_for(const Cells& cells) {
  Layout layout;
  layout.dot = dot_for(cells.width, cells.height);
  layout.pitch = whole_cells(kLinePitch * layout.dot);
  const bool roomy = cells.width >= 160 && cells.height >= 128;
  layout.padding = roomy ? whole_cells(4 * layout.dot) : 0;
  layout.margin = roomy ? whole_cells(5 * layout.dot) : 0;
  const int around = 2 * (layout.padding + layout.margin) + (roomy ? 0 : 2 * layout.dot);
  layout.letters = (cells.width - around + layout.dot) / (kGlyphPitch * layout.dot);
  const int share = roomy ? cells.height * 55 / 100 - around / 2 : cells.height;
  layout.lines = std::max(share / layout.pitch, 0);
  return layout;
}

// Decoded, with every kind of white space as one blank between words.
Text readable(std::string_view utf8) {
  Text text;
  std::size_t at = 0;
  while (at < utf8.size() && text.size() < kMostLetters) {
    char32_t code = next_code_point(utf8, at);
    if (code < 0x20 || code == 0x7F) code = U' ';
    if (code == U' ' && (text.empty() || text.back() == U' ')) continue;
    text += code;
  }
  if (!text.empty() && text.back() == U' ') text.pop_back();
  return text;
}

// Breaks at blanks where it can.
std::vector<Text> wrapped(Text text, std::size_t letters) {
  std::vector<Text> lines;
  while (text.size() > letters) {
    std::size_t cut = text.rfind(U' ', letters);
    const bool at_blank = cut != Text::npos && cut > letters / 3;
    if (!at_blank) cut = letters;
    lines.push_back(text.substr(0, cut));
    text.erase(0, at_blank ? cut + 1 : cut);
  }
  if (!text.empty()) lines.push_back(std::move(text));
  return lines;
}

void shorten(Text& line, std::size_t letters) {
  if (line.size() >= letters) line.resize(letters - 1);
  line += kEllipsis;
}

std::vector<Text> shortened(Text text, std::size_t letters, std::size_t most_lines) {
  std::vector<Text> lines = wrapped(std::move(text), letters);
  if (lines.size() <= most_lines) return lines;
  lines.resize(most_lines);
  if (!lines.empty()) shorten(lines.back(), letters);
  return lines;
}

// As many of the facts in a line as fit.
std::vector<Text> packed(const std::vector<Text>& facts, std::size_t letters) {
  std::vector<Text> lines;
  for (const Text& fact : facts) {
    const bool fits = !lines.empty() && lines.back().size() + 2 + fact.size() <= letters;
    if (fits) {
      lines.back() += U"  " + fact;
    } else {
      for (Text& part : wrapped(fact, letters)) lines.push_back(std::move(part));
    }
  }
  return lines;
}

Text number(std::string_view before, std::uint64_t value) {
  return readable(std::string(before).append(std::to_string(value)));
}

std::vector<Text> facts_of(const Picture& picture) {
  const auto number_of = [](int value) { return static_cast<std::uint64_t>(std::max(value, 0)); };
  Text size = number("", number_of(picture.width));
  size += kTimes;
  size += number("", number_of(picture.height));
  const Text seed = picture.seed_text.empty() ? number("seed ", picture.seed)
                                              : readable("seed " + picture.seed_text);
  return {size, seed, number("#", number_of(picture.index))};
}

// The facts come first when room is scarce, then a line of the prompt, then the model.
std::vector<Line> lines_of(const Picture& picture, const Layout& layout) {
  const auto letters = static_cast<std::size_t>(layout.letters);
  auto room = static_cast<std::size_t>(layout.lines);
  const auto take = [&room](std::vector<Text> lines) {
    lines.resize(std::min(lines.size(), room));
    room -= lines.size();
    return lines;
  };
  const bool prompt_fits = room > 1 && !picture.prompt.empty();
  room -= prompt_fits ? 1 : 0;  // kept for the prompt
  const std::vector<Text> facts = take(packed(facts_of(picture), letters));
  const std::vector<Text> model =
      take(shortened(readable(picture.model), letters, std::min<std::size_t>(room, 2)));
  room += prompt_fits ? 1 : 0;
  const std::size_t prompt_lines = std::min<std::size_t>(room, kMostPromptLines);
  const std::vector<Text> prompt = prompt_fits
                                       ? shortened(readable(picture.prompt), letters, prompt_lines)
                                       : std::vector<Text>{};

  std::vector<Line> lines;
  lines.reserve(prompt.size() + model.size() + facts.size());
  for (const Text& text : prompt) lines.push_back({text, kInk});
  for (const Text& text : model) lines.push_back({text, kAccent});
  for (const Text& text : facts) lines.push_back({text, kSoftInk});
  return lines;
}

// The eight by eight pixels of one cell, for a line of text that is being drawn.
class Strip {
 public:
  Strip(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        masks_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  // Sets a square dot; it lies within a cell, or is whole cells.
  void dot(int x, int y, int side) {
    const int part = std::min(side, kCell);
    std::uint64_t square = 0;
    for (int i = 0; i < part; ++i) square |= ((1ULL << part) - 1) << (i * kCell);
    square <<= y % kCell * kCell + x % kCell;
    for (int row = y / kCell; row * kCell < y + side && row < rows_; ++row) {
      for (int column = x / kCell; column * kCell < x + side && column < columns_; ++column) {
        masks_[at(column, row)] |= square;
      }
    }
  }

  void lay_on(Cells& cells, int column0, int row0, Index ink) const {
    for (int row = 0; row < rows_; ++row) {
      for (int column = 0; column < columns_; ++column) {
        lay(cells, column0 + column, row0 + row, masks_[at(column, row)], ink);
      }
    }
  }

 private:
  std::size_t at(int column, int row) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
           static_cast<std::size_t>(column);
  }

  int columns_;
  int rows_;
  std::vector<std::uint64_t> masks_;
};

void draw_line(Cells& cells, const Line& line, int left, int top, const Layout& layout) {
  const int column0 = left / kCell;
  const int row0 = top / kCell;
  Strip strip(cells.columns - column0, std::min(layout.pitch / kCell, cells.rows - row0));
  int pen = left % kCell;
  for (const char32_t code : line.text) {
    std::uint64_t rest = glyph(code);
    for (int at = 0; rest != 0; ++at, rest >>= 1) {
      if ((rest & 1U) == 0) continue;
      strip.dot(pen + at % kGlyphColumns * layout.dot, at / kGlyphColumns * layout.dot, layout.dot);
    }
    pen += kGlyphPitch * layout.dot;
  }
  strip.lay_on(cells, column0, row0, line.ink);
}

Box plate_for(const Cells& cells, const std::vector<Line>& lines, const Layout& layout) {
  std::size_t longest = 0;
  for (const Line& line : lines) longest = std::max(longest, line.text.size());
  const int text_width = static_cast<int>(longest) * kGlyphPitch * layout.dot;
  const int columns = whole_cells(text_width + 2 * layout.padding) / kCell;
  const int rows = (static_cast<int>(lines.size()) * layout.pitch + 2 * layout.padding) / kCell;
  const int margin = layout.margin / kCell;
  Box box;
  box.column = margin;
  box.columns = margin == 0 ? cells.columns : std::min(columns, cells.columns - 2 * margin);
  box.rows = std::min(rows, cells.rows);
  box.row = std::max(cells.height / kCell - margin - box.rows, 0);
  return box;
}

}  // namespace

void draw_caption(Cells& cells, const Picture& picture) {
  const Layout layout = layout_for(cells);
  if (layout.letters < 3 || layout.lines < 1) return;
  const std::vector<Line> lines = lines_of(picture, layout);
  const Box plate = plate_for(cells, lines, layout);
  fill_plate(cells, plate, layout.margin == 0 ? 0 : layout.dot * 4, kPlate);
  const int inset = layout.padding == 0 ? layout.dot : layout.padding;
  int top = plate.row * kCell + layout.padding;
  for (const Line& line : lines) {
    draw_line(cells, line, plate.column * kCell + inset, top, layout);
    top += layout.pitch;
  }
}

}  // namespace emulator::image
