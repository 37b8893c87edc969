#include "emulator/image/caption.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/image/draw.h"
#include "emulator/image/font.h"
#include "emulator/image/lettering.h"
#include "emulator/image/palette.h"

namespace emulator::image {
namespace {

constexpr char32_t kTimes = 0xD7;
constexpr int kLeastSide = 160;  // pixels; smaller pictures have no caption
constexpr int kGap = 2;          // places between two facts

// Where the caption is and how large its letters are; pixels unless said otherwise. A place of a
// line is as many whole cells wide as a dot has pixels, so that letters never share a cell.
struct Layout {
  int dot = 1;      // of a letter
  int pitch = 16;   // from line to line, whole cells
  int padding = 0;  // between plate and text, whole cells
  int margin = 0;   // around the plate, whole cells
  int places = 0;   // a line
  int lines = 0;
  std::size_t prompt_lines = 0;  // of the lines at most
};

// Text of one colour, and the place where it begins.
struct Piece {
  ShownLine text;
  Index ink = kInk;
  int place = 0;
};
using Line = std::vector<Piece>;

int whole_cells(int pixels) { return (pixels + kCell - 1) / kCell * kCell; }

// Letters of which some forty fit in a line, or in the height of an upright picture: pages show
// that at the height of the others, so its letters would shrink with it. Twenty still have to fit.
// Large dots are whole cells, which cost the least.
int dot_for(int width, int height) {
  const int room = height > width ? height : std::min(width, 2 * height);
  const int fair = (room + 20 * kPlaceColumns) / (40 * kPlaceColumns);
  const int dot = std::clamp(fair, 1, std::clamp(width / (20 * kPlaceColumns), 1, 64));
  return dot < kCell - 1 ? dot : std::max(dot / kCell, 1) * kCell;
}

Layout layout_for(const Cells& cells) {
  Layout layout;
  layout.dot = dot_for(cells.width, cells.height);
  const int leading = layout.dot == 1 ? 0 : 2 * layout.dot;
  layout.pitch = whole_cells(kGlyphRows * layout.dot + leading);
  layout.padding = whole_cells(4 * layout.dot);
  layout.margin = whole_cells(6 * layout.dot);
  const int around = 2 * (layout.padding + layout.margin);
  layout.places = (cells.width - around) / (kPlaceColumns * layout.dot);
  layout.lines = std::max((cells.height / 2 - around / 2) / layout.pitch, 0);
  layout.prompt_lines = cells.height > cells.width ? 4 : 3;
  return layout;
}

struct Fact {
  Text text;
  Index ink = kSoftInk;
  std::size_t most_lines = 2;
};

Text number(std::string_view before, std::uint64_t value) {
  return readable(std::string(before).append(std::to_string(value)));
}

std::vector<Fact> facts_of(const Picture& picture) {
  const auto number_of = [](int value) { return static_cast<std::uint64_t>(std::max(value, 0)); };
  Text size = number("", number_of(picture.width));
  size += kTimes;
  size += number("", number_of(picture.height));
  const Text seed = picture.seed_text.empty() ? number("seed ", picture.seed)
                                              : readable("seed " + picture.seed_text);
  std::vector<Fact> facts = {{size}, {seed}};
  if (picture.index > 0) facts.push_back({number("picture ", number_of(picture.index) + 1)});
  return facts;
}

// As many of the facts in a line as fit.
std::vector<Line> packed(const std::vector<Fact>& facts, int places) {
  std::vector<Line> lines;
  int end = 0;  // of the last line
  for (const Fact& fact : facts) {
    const int width = places_of(fact.text);
    if (!lines.empty() && end + kGap + width <= places) {
      end += kGap;
    } else {
      lines.emplace_back();
      end = 0;
    }
    for (ShownLine& part : set_in_lines(fact.text, places, fact.most_lines)) {
      if (end != 0 && width > places) lines.emplace_back(), end = 0;
      const int part_width = places_of(part.letters);
      lines.back().push_back({std::move(part), fact.ink, end});
      end += part_width;
    }
  }
  return lines;
}

// Prompt, model and facts. Where room is scarce, the facts come first, then a line of the prompt.
std::vector<Line> lines_of(const Picture& picture, const Layout& layout) {
  const Text prompt = readable(picture.prompt);
  const auto room = static_cast<std::size_t>(layout.lines);
  const std::size_t kept = !prompt.empty() && room > 1 ? 1 : 0;
  std::vector<Fact> facts = facts_of(picture);
  std::vector<Line> below = packed(facts, layout.places);
  constexpr int kNarrow = 24;
  const std::size_t model_lines = layout.places < kNarrow ? 1 : 2;
  facts.insert(facts.begin(), {readable(picture.model), kAccent, model_lines});
  if (!facts.front().text.empty()) {
    std::vector<Line> with_model = packed(facts, layout.places);
    if (with_model.size() + kept <= room) below = std::move(with_model);
  }
  below.resize(std::min(below.size(), room - kept));

  std::vector<Line> lines;
  const std::size_t most = std::min(room - below.size(), layout.prompt_lines);
  if (kept != 0) {
    for (ShownLine& part : set_in_lines(prompt, layout.places, most))
      lines.push_back({{std::move(part), kInk, 0}});
  }
  lines.insert(lines.end(), std::make_move_iterator(below.begin()),
               std::make_move_iterator(below.end()));
  return lines;
}

int width_of(const Line& line) { return line.back().place + places_of(line.back().text.letters); }

// The eight by eight pixels of each cell, for a line of text that is being drawn.
class Strip {
 public:
  Strip(int columns, int rows)
      : columns_(columns),
        rows_(rows),
        masks_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

  // Sets a bar, as far as it lies inside.
  void bar(int x, int y, int width, int height) {
    constexpr std::uint64_t kFirstColumn = 0x0101010101010101U;
    for (int row = y / kCell; row * kCell < y + height && row < rows_; ++row) {
      const int top = std::max(y - row * kCell, 0);
      const int end = std::min(y + height - row * kCell, kCell);
      const std::uint64_t lines =
          kFirstColumn << (top * kCell) & kFirstColumn >> (kCell - end) * kCell;
      for (int column = x / kCell; column * kCell < x + width && column < columns_; ++column) {
        const int left = std::max(x - column * kCell, 0);
        const int right = std::min(x + width - column * kCell, kCell);
        masks_[at(column, row)] |= lines * ((0xFFU << left) & (0xFFU >> (kCell - right)));
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

// `column` is that of the letter's left edge, in dots.
void draw_letter(Strip& strip, const Glyph& letter, int column, int dot) {
  for (int row = 0; row < kGlyphRows; ++row) {
    std::uint16_t rest = letter.rows[static_cast<std::size_t>(row)];
    for (int at = 0; rest != 0;) {
      const int gap = std::countl_zero(rest);
      const int ink = std::countl_one(static_cast<std::uint16_t>(rest << gap));
      strip.bar((column + at + gap) * dot, row * dot, ink * dot, dot);
      at += gap + ink;
      rest = gap + ink < 16 ? static_cast<std::uint16_t>(rest << (gap + ink)) : std::uint16_t{0};
    }
  }
}

void draw_piece(Cells& cells, const Piece& piece, int column0, int row0, const Layout& layout) {
  const int columns = std::min(places_of(piece.text.letters) * layout.dot, cells.columns - column0);
  Strip strip(columns, std::min(layout.pitch / kCell, cells.rows - row0));
  int pen = 0;   // in dots
  int last = 0;  // where the letter before begins
  for (const char32_t code : piece.text.letters) {
    if (is_unseen(code)) continue;
    const Glyph& letter = glyph(code);
    if (letter.mark) {
      draw_letter(strip, letter, letter.back == 0 ? last : std::max(pen - letter.back, last),
                  layout.dot);
      continue;
    }
    last = pen;
    draw_letter(strip, letter, pen, layout.dot);
    pen += letter.places * kPlaceColumns;
  }
  strip.lay_on(cells, column0, row0, piece.ink);
}

Box plate_for(const Cells& cells, int places, std::size_t lines, const Layout& layout) {
  const int text_width = places * kPlaceColumns * layout.dot;
  const int columns = whole_cells(text_width + 2 * layout.padding) / kCell;
  const int rows = (static_cast<int>(lines) * layout.pitch + 2 * layout.padding) / kCell;
  const int margin = layout.margin / kCell;
  Box box;
  box.column = margin;
  box.columns = std::min(columns, cells.columns - 2 * margin);
  box.rows = std::min(rows, cells.rows);
  box.row = std::max(cells.height / kCell - margin - box.rows, 0);
  return box;
}

}  // namespace

void draw_caption(Cells& cells, const Picture& picture) {
  if (std::min(cells.width, cells.height) < kLeastSide) return;
  const Layout layout = layout_for(cells);
  if (layout.places < 3 || layout.lines < 1) return;
  const std::vector<Line> lines = lines_of(picture, layout);
  int longest = 0;
  for (const Line& line : lines) longest = std::max(longest, width_of(line));
  const Box plate = plate_for(cells, longest, lines.size(), layout);
  fill_plate(cells, plate, layout.dot * 5, kPlate);
  int row = plate.row + layout.padding / kCell;
  const int column = plate.column + layout.padding / kCell;
  for (const Line& line : lines) {
    for (const Piece& piece : line) {
      const bool at_right = piece.text.from_right && line.size() == 1;
      const int place = at_right ? longest - width_of(line) : piece.place;
      draw_piece(cells, piece, column + place * layout.dot, row, layout);
    }
    row += layout.pitch / kCell;
  }
}

}  // namespace emulator::image
