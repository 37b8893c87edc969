#pragma once

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "emulator/base/yaml.h"

// What is made of the library's places, events and complaints (yaml*.cc only).
namespace emulator::yaml {

// Turns the library's marks (bytes, from 0) into places (characters, from 1).
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  Mark of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    const auto position = static_cast<std::size_t>(mark.pos);
    const std::size_t line_start = position - static_cast<std::size_t>(mark.column);
    if (line_start != line_start_ || position < counted_to_) {
      line_start_ = counted_to_ = line_start;
      columns_ = 0;
    }
    for (; counted_to_ < position && counted_to_ < text_.size(); ++counted_to_) {
      if ((static_cast<unsigned char>(text_[counted_to_]) & 0xC0) != 0x80) ++columns_;
    }
    return {mark.line + 1, columns_ + 1};
  }

  bool has(std::string_view what, const YAML::Mark& mark) const {
    return !mark.is_null() && static_cast<std::size_t>(mark.pos) <= text_.size() &&
           text_.substr(static_cast<std::size_t>(mark.pos)).starts_with(what);
  }

  // The first tab in the indentation of line number `line`.
  std::optional<Mark> tab_in_indentation(int line) const {
    std::size_t start = 0;
    for (int i = 1; i < line; ++i) {
      start = text_.find('\n', start);
      if (start == std::string_view::npos) return std::nullopt;
      ++start;
    }
    const std::string_view rest = text_.substr(start);
    const std::size_t tab = rest.find_first_not_of(' ');
    if (tab == std::string_view::npos || rest[tab] != '\t') return std::nullopt;
    return Mark{line, static_cast<int>(tab) + 1};
  }

 private:
  std::string_view text_;
  // How far the columns of the current line were counted: events come in order, so that long lines
  // are walked once.
  std::size_t line_start_ = SIZE_MAX;
  std::size_t counted_to_ = 0;
  int columns_ = 0;
};

inline constexpr std::string_view kAliases =
    "aliases are not supported: write the value out (a text that begins with \"*\" needs quotes)";

// The library's complaint, in words that say what to do.
std::string wording(const std::string& theirs);
// The same with the place where it shows itself.
Problem problem_of(const YAML::Exception& exception, Places& places);

}  // namespace emulator::yaml
