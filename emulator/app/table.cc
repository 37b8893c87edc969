#include "emulator/app/table.h"

#include <algorithm>

namespace emulator {
namespace {

constexpr std::size_t kColumnGap = 2;      // between columns
constexpr std::size_t kLeastWrapped = 20;  // of the last column; else it is not wrapped

}  // namespace

std::string wrapped_words(const std::string& words, std::size_t indent, std::size_t columns) {
  if (columns < indent + kLeastWrapped) return words;
  std::string out;
  std::size_t used = indent;
  for (std::size_t at = words.find_first_not_of(' '); at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (used > indent && used + 1 + end - at > columns) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out.append(words, at, end - at);
    used += end - at;
    at = words.find_first_not_of(' ', end);
  }
  return out;
}

std::string table_text(const std::vector<std::vector<std::string>>& rows, std::size_t columns) {
  if (rows.empty()) return "";
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - row[i].size() + kColumnGap, ' ');
    }
    line += wrapped_words(row.back(), line.size(), columns);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace emulator
