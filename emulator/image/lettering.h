#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Text as a caption shows it, in every script that a font of fixed places can show: Arabic letters
// are joined, what is written from right to left runs so, ideographs may be parted anywhere. What
// such a font cannot do: the conjuncts of Indic scripts (their virama is shown), vowels of Thai
// that move for a tall letter, colours of emoji and what is joined to one emoji from several.

namespace emulator::image {

using Text = std::u32string;

// Places of eight columns that text takes: 1 for a letter, 2 for a wide one (ideographs, emoji), 0
// for a mark on the letter before and for what is not shown.
int places_of(char32_t letter);
int places_of(const Text& text);

// True for what steers text and is not shown itself: joiners, marks of direction, selectors.
bool is_unseen(char32_t letter);

// UTF-8 as letters, in the order in which they are read, with every kind of white space as one
// blank between words. Looks at some thousand letters at most, far more than are shown.
Text readable(std::string_view utf8);

struct ShownLine {
  Text letters;             // in the order in which they are drawn, from the left
  bool from_right = false;  // the text runs from right to left, so the line begins at the right
};

// Breaks text at blanks, or between ideographs, where it can, into lines of at most `places` (2 or
// more) places; of more than `most` lines the rest becomes "…". Pure.
std::vector<ShownLine> set_in_lines(const Text& text, int places, std::size_t most);

}  // namespace emulator::image
