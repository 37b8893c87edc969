#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace emulator {

// Rows of cells as text in columns, each as wide as its widest cell, with no blanks at the end of a
// line. The last column is wrapped at `columns` (of a terminal; 0: not at all, so that every row is
// a line). All rows are as long as the first.
std::string table_text(const std::vector<std::vector<std::string>>& rows, std::size_t columns = 0);

// Words in lines of at most `columns`, each line but the first behind `indent` blanks; 0: one line.
std::string wrapped_words(const std::string& words, std::size_t indent, std::size_t columns);

}  // namespace emulator
