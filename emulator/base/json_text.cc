// The decoder follows CPython 3.11's scanner step by step, because clients of the real services see
// its messages and positions.
#include "emulator/base/json_text.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>

#include "emulator/base/ascii.h"
#include "emulator/base/json_build.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

// The four hex digits at `at` as a number, or nullopt.
std::optional<char32_t> hex4(std::string_view text, std::size_t at) {
  char32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    char32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<char32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<char32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<char32_t>(c - 'A' + 10);
    } else {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

// What stands for the escape `\c`; 0 for none.
char unescaped(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// How many bytes at the front of `text` stand for themselves in a string. Eight at a time: a body
// may be one picture of many megabytes.
std::size_t plain_letters(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  // A high bit for the first zero byte; bytes behind it may be marked as well.
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
    if ((control | zeros(word ^ kOnes * '"') | zeros(word ^ kOnes * '\\')) != 0) break;
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' &&
         static_cast<unsigned char>(text[at]) >= 0x20)
    ++at;
  return at;
}

class Decoder {
 public:
  Decoder(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  Result<Json, JsonProblem> decode() {
    Json value;
    skip_blanks();
    if (!scan(value, 0)) return failure();
    skip_blanks();
    if (at_ != text_.size()) {
      fail("Extra data", at_);
      return failure();
    }
    return value;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  bool next_is(char c) const { return more() && text_[at_] == c; }

  void skip_blanks() {
    while (more() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  bool fail(std::string text, std::size_t at, bool ours = false) {
    problem_ = JsonProblem{std::move(text), at, ours};
    return false;
  }

  // The problem, its place in characters instead of bytes.
  Failure<JsonProblem> failure() const {
    JsonProblem problem = problem_;
    problem.position = 0;
    for (std::size_t at = 0; at < problem_.position; ++problem.position)
      at += code_point_at(text_, at).bytes;
    return Failure<JsonProblem>{std::move(problem)};
  }

  bool take_word(std::string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  bool scan(Json& value, std::size_t depth) {
    if (!more()) return fail("Expecting value", at_);
    if (++values_ > limits_.values)
      return fail("More than " + std::to_string(limits_.values) + " values", at_, true);
    switch (text_[at_]) {
      case '"':
        value = std::string();
        return scan_string(value.get_ref<std::string&>());
      case '{':
      case '[':
        if (depth >= limits_.depth)
          return fail("Nested deeper than " + std::to_string(limits_.depth) + " levels", at_, true);
        return text_[at_++] == '{' ? scan_object(value, depth + 1) : scan_array(value, depth + 1);
      case 'n':
        if (take_word("null")) return true;
        break;
      case 't':
        if (take_word("true")) return value = true, true;
        break;
      case 'f':
        if (take_word("false")) return value = false, true;
        break;
      case 'N':
        if (take_word("NaN")) return value = std::numeric_limits<double>::quiet_NaN(), true;
        break;
      case 'I':
        if (take_word("Infinity")) return value = std::numeric_limits<double>::infinity(), true;
        break;
      case '-':
        if (take_word("-Infinity")) return value = -std::numeric_limits<double>::infinity(), true;
        return scan_number(value);
      default:
        return scan_number(value);
    }
    return fail("Expecting value", at_);
  }

  bool scan_object(Json& value, std::size_t depth) {
    value = Json::object();
    Json::object_t& members = value.get_ref<Json::object_t&>();
    skip_blanks();
    while (!next_is('}') || !members.empty()) {
      if (!next_is('"')) return fail("Expecting property name enclosed in double quotes", at_);
      std::string key;
      if (!scan_string(key)) return false;
      skip_blanks();
      if (!next_is(':')) return fail("Expecting ':' delimiter", at_);
      ++at_;
      skip_blanks();
      if (members.size() >= limits_.members)
        return fail("An object with more than " + std::to_string(limits_.members) + " members", at_,
                    true);
      members.emplace_back(std::move(key), Json());
      if (!scan(members.back().second, depth)) return false;
      skip_blanks();
      if (next_is('}')) break;
      if (!next_is(',')) return fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_blanks();
    }
    ++at_;
    drop_repeated_keys(members);
    return true;
  }

  bool scan_array(Json& value, std::size_t depth) {
    value = Json::array();
    Json::array_t& items = value.get_ref<Json::array_t&>();
    skip_blanks();
    while (!next_is(']') || !items.empty()) {
      items.emplace_back();
      if (!scan(items.back(), depth)) return false;
      skip_blanks();
      if (next_is(']')) break;
      if (!next_is(',')) return fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_blanks();
    }
    ++at_;
    return true;
  }

  bool scan_string(std::string& out) {
    const std::size_t begin = at_++;
    for (;;) {
      const std::size_t chunk = at_;
      at_ += plain_letters(text_.substr(at_));
      if (more() && static_cast<unsigned char>(text_[at_]) < 0x20)
        return fail("Invalid control character at", at_);
      out.append(text_, chunk, at_ - chunk);
      if (!more()) return fail("Unterminated string starting at", begin);
      if (text_[at_++] == '"') return true;
      if (!more()) return fail("Unterminated string starting at", begin);
      if (text_[at_] == 'u') {
        if (!scan_unicode_escape(out)) return false;
        continue;
      }
      const char c = unescaped(text_[at_]);
      if (c == 0) return fail("Invalid \\escape", at_ - 1);
      out += c;
      ++at_;
    }
  }

  // At the `u` of `\uXXXX`. Two escapes that make a pair are one character; CPython looks for the
  // second only where the text goes on after it, as it does in every complete text.
  bool scan_unicode_escape(std::string& out) {
    const std::size_t escape = at_++;
    if (at_ + 4 >= text_.size()) return fail("Invalid \\uXXXX escape", escape);
    const std::optional<char32_t> first = hex4(text_, at_);
    if (!first) return fail("Invalid \\uXXXX escape", escape);
    at_ += 4;
    char32_t value = *first;
    const bool high = value >= 0xD800 && value < 0xDC00;
    if (high && at_ + 6 < text_.size() && text_[at_] == '\\' && text_[at_ + 1] == 'u') {
      const std::optional<char32_t> second = hex4(text_, at_ + 2);
      if (!second) return fail("Invalid \\uXXXX escape", at_ + 1);
      if (*second >= 0xDC00 && *second < 0xE000) {
        value = 0x10000 + ((value - 0xD800) << 10) + (*second - 0xDC00);
        at_ += 6;
      }
    }
    append_utf8(out, value);
    return true;
  }

  void skip_digits() {
    while (more() && is_digit(text_[at_])) ++at_;
  }

  bool scan_number(Json& value) {
    const std::size_t begin = at_;
    if (next_is('-')) ++at_;
    if (!more() || !is_digit(text_[at_])) {
      at_ = begin;
      return fail("Expecting value", begin);
    }
    if (text_[at_] == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    bool whole = true;
    if (next_is('.') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      whole = false;
      ++at_;
      skip_digits();
    }
    if (next_is('e') || next_is('E')) {
      const std::size_t exponent = at_++;
      if (next_is('-') || next_is('+')) ++at_;
      skip_digits();
      if (is_digit(text_[at_ - 1])) {
        whole = false;
      } else {
        at_ = exponent;
      }
    }
    value = number(text_.substr(begin, at_ - begin), whole);
    return true;
  }

  static Json number(std::string_view text, bool whole) {
    const char* const first = text.data();
    const char* const last = first + text.size();
    if (whole) {
      std::int64_t small = 0;
      if (std::from_chars(first, last, small).ec == std::errc()) return small;
      std::uint64_t large = 0;
      if (text[0] != '-' && std::from_chars(first, last, large).ec == std::errc()) return large;
      constexpr std::size_t kMostDigits = 4300;  // what Python turns into a number
      if (text.size() - (text[0] == '-' ? 1 : 0) <= kMostDigits) return big_integer(text);
    }
    double real = 0;
    if (std::from_chars(first, last, real).ec == std::errc()) return real;
    // Out of range: from_chars does not say at which end, strtod does.
    return std::strtod(std::string(text).c_str(), nullptr);
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  JsonProblem problem_;
};

// True when every byte of `text` belongs to a code point (lone surrogates included).
bool is_wtf8(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  for (std::size_t at = 0; at < text.size();) {
    if (at + 8 <= text.size()) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & kHighBits) == 0) {
        at += 8;
        continue;
      }
    }
    const CodePoint point = code_point_at(text, at);
    if (!point.valid) return false;
    at += point.bytes;
  }
  return true;
}

std::string as_wtf8(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint point = code_point_at(bytes, at);
    append_utf8(text, point.value);  // U+FFFD where it is none
    at += point.bytes;
  }
  return text;
}

}  // namespace

Result<Json, JsonProblem> decode_json(std::string_view text, const JsonLimits& limits) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == kByteOrderMark) text.remove_prefix(3);  // as json.loads does for bytes
  if (is_wtf8(text)) return Decoder(text, limits).decode();
  const std::string repaired = as_wtf8(text);
  return Decoder(repaired, limits).decode();
}

}  // namespace emulator
