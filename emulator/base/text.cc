#include "emulator/base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "emulator/base/ascii.h"

namespace emulator {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

struct SizeUnit {
  std::string_view name;  // lower case
  std::uint64_t bytes;
};
constexpr std::array<SizeUnit, 8> kSizeUnits{{{"", 1},
                                              {"b", 1},
                                              {"kb", 1000},
                                              {"mb", 1'000'000},
                                              {"gb", 1'000'000'000},
                                              {"kib", 1024},
                                              {"mib", std::uint64_t{1} << 20},
                                              {"gib", std::uint64_t{1} << 30}}};

// Edits (insert, drop, replace, swap of neighbours) that turn `a` into `b`, case ignored.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The six bits of a digit of either base64 alphabet, or -1.
constexpr std::array<std::int16_t, 256> kBase64Values = [] {
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int16_t>(i);
  values['-'] = values['+'];
  values['_'] = values['/'];
  return values;
}();

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

}  // namespace

Result<std::uint64_t, std::string> parse_size(std::string_view text) {
  const Failure<std::string> wrong{"expected a size such as 4096, 64KiB, 2MB or 1GiB, got \"" +
                                   std::string(text) + "\""};
  std::size_t digits = 0;
  std::uint64_t number = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    if (number > std::numeric_limits<std::uint64_t>::max() / 10 - 1) return wrong;
    number = number * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
  }
  if (digits == 0) return wrong;
  const std::string unit = lower_case(trimmed(text.substr(digits)));
  for (const SizeUnit& known : kSizeUnits) {
    if (known.name != unit) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / known.bytes) return wrong;
    return number * known.bytes;
  }
  return wrong;
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 64;  // nobody mistypes a longer word, and edits cost its square
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t best_edits = 0;
  for (const std::string& candidate : known) {
    if (candidate.empty() || candidate.size() > kLongest) continue;
    const std::size_t length = std::max(word.size(), candidate.size());
    const std::size_t allowed = std::clamp<std::size_t>(length / 3, 1, 3);
    const std::size_t edits = edits_between(word, candidate);
    if (edits > allowed || edits >= length) continue;
    if (best != nullptr && edits >= best_edits) continue;
    best = &candidate;
    best_edits = edits;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, after_star = 0;  // where to go back to, if anywhere
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      t += code_point_at(text, t).bytes;
      ++p;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out += '\'';
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view part : parts) out += part;
  return out;
}

std::string lower_case(std::string_view ascii) {
  std::string text(ascii);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool starts_with_name(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

CodePoint code_point_at(std::string_view utf8, std::size_t at) {
  const unsigned first = byte_at(utf8, at);
  if (first < 0x80) return {first, 1, true};
  if (first < 0xC2 || first > 0xF4) return {0xFFFD, 1, false};
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t value = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= utf8.size()) return {0xFFFD, i, false};
    const unsigned next = byte_at(utf8, at + i);
    // The second byte alone tells over-long forms and what lies beyond U+10FFFF.
    const bool fits = i > 1 || ((first != 0xE0 || next >= 0xA0) &&
                                (first != 0xF0 || next >= 0x90) && (first != 0xF4 || next < 0x90));
    if ((next & 0xC0) != 0x80 || !fits) return {0xFFFD, i, false};
    value = (value << 6) | (next & 0x3F);
  }
  return {value, length, true};
}

void append_utf8(std::string& out, char32_t value) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | (value >> 6));
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

std::size_t ascii_run(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

std::size_t code_points(std::string_view utf8) {
  std::size_t at = ascii_run(utf8);
  std::size_t count = at;
  while (at < utf8.size()) {
    const CodePoint point = code_point_at(utf8, at);
    count += point.valid ? 1 : point.bytes;
    at += point.bytes;
  }
  return count;
}

std::string valid_utf8(std::string_view bytes) {
  std::size_t at = ascii_run(bytes);
  std::string text(bytes.substr(0, at));
  if (at == bytes.size()) return text;
  text.reserve(bytes.size());
  while (at < bytes.size()) {
    const CodePoint point = code_point_at(bytes, at);
    if (point.valid && !point.is_surrogate())
      text.append(bytes, at, point.bytes);
    else
      append_utf8(text, 0xFFFD);
    at += point.bytes;
  }
  return text;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  for (std::size_t at = 0; at < bytes.size(); at += 3, out += 4) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size() - at);
    unsigned word = byte_at(bytes, at) << 16;
    if (left > 1) word |= byte_at(bytes, at + 1) << 8;
    if (left > 2) word |= byte_at(bytes, at + 2);
    out[0] = kBase64[word >> 18];
    out[1] = kBase64[(word >> 12) & 63];
    if (left > 1) out[2] = kBase64[(word >> 6) & 63];
    if (left > 2) out[3] = kBase64[word & 63];
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  unsigned word = 0;
  std::size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (is_blank(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0 || padding > 0) return std::nullopt;
    word = (word << 6) | static_cast<unsigned>(value);
    if (++digits % 4 == 0) {
      bytes += static_cast<char>(word >> 16 & 255);
      bytes += static_cast<char>(word >> 8 & 255);
      bytes += static_cast<char>(word & 255);
    }
  }
  const std::size_t rest = digits % 4;
  if (rest == 1 || (padding > 0 && (rest == 0 || rest + padding != 4))) return std::nullopt;
  if (rest == 2) bytes += static_cast<char>(word >> 4 & 255);
  if (rest == 3) {
    bytes += static_cast<char>(word >> 10 & 255);
    bytes += static_cast<char>(word >> 2 & 255);
  }
  return bytes;
}

}  // namespace emulator
