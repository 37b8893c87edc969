#pragma once

#include <string>
#include <string_view>

#include "emulator/base/clock.h"

namespace emulator {

// Where lines for people go. Columns of the terminal, 0 for a file or a pipe; colours only where
// somebody looks at them.
struct LogLook {
  int columns = 0;
  bool colour = false;
};

// What a line for people says, each in words.
struct LogLine {
  Instant at{};         // on the sandbox's clock
  Instant wall{};       // and by the wall; shown at a terminal
  std::string sandbox;  // "" for what reached none
  std::string what;     // "POST", "clock"
  std::string target;   // may be long: its middle is left out
  unsigned status = 0;  // 0: there was none
  std::string bytes;    // "544B"
  std::string task;     // "task 7400af2f"
  std::string link;     // what the task, or else the status, leads to at a terminal
  std::string words;    // what became of it, and why
  std::string place;    // "(too many, slow.yaml:7)"
  bool ours = false;    // an error of ours
};

// One line, with its end. At a terminal it fits: the middle of the target goes first, then bytes
// and place, then the end of the words. Elsewhere only the target is shortened, to 60. Control
// characters in it are escaped.
std::string human_line(const LogLine& line, const LogLook& look);

// The beginning and the end of a text of at most `columns` columns, with "…" between.
std::string shortened_in_the_middle(const std::string& text, std::size_t columns);
// Columns that UTF-8 text takes in a terminal: wide letters two, marks none.
std::size_t columns_of(std::string_view text);

// What the terminal behind `fd` looks like now: its width, at least 40; no terminal: 0 and no
// colour. Colour is off where NO_COLOR is set and not empty, or TERM is "dumb".
LogLook look_of(int fd);

}  // namespace emulator
