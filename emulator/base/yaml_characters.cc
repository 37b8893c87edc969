// A text before it is parsed: its characters, one by one. What the library would misread in silence
// is refused here, and what JSON writes differently is put into YAML's form.
#include <cstdint>

#include "emulator/base/yaml_stop.h"

namespace emulator::yaml {
namespace {

struct Sequence {
  std::size_t length;
  unsigned char second_from, second_to;  // what the second byte may be
};

// Which UTF-8 sequence begins with `lead`: RFC 3629, table 3-7 of the Unicode standard.
std::optional<Sequence> utf8_sequence(unsigned char lead) {
  if (lead < 0x80) return Sequence{1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return Sequence{2, 0x80, 0xBF};
  if (lead == 0xE0) return Sequence{3, 0xA0, 0xBF};
  if (lead == 0xED) return Sequence{3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return Sequence{3, 0x80, 0xBF};
  if (lead == 0xF0) return Sequence{4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return Sequence{4, 0x80, 0xBF};
  if (lead == 0xF4) return Sequence{4, 0x80, 0x8F};
  return std::nullopt;
}

std::size_t utf8_length_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::optional<Sequence> sequence = utf8_sequence(byte(at));
  if (!sequence || at + sequence->length > text.size()) return 0;
  for (std::size_t i = 1; i < sequence->length; ++i) {
    const unsigned char from = i == 1 ? sequence->second_from : 0x80;
    const unsigned char to = i == 1 ? sequence->second_to : 0xBF;
    if (byte(at + i) < from || byte(at + i) > to) return 0;
  }
  return sequence->length;
}

std::optional<unsigned> hex_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9')
      value += static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value += static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      value += static_cast<unsigned>(c - 'A') + 10;
    else
      return std::nullopt;
  }
  return value;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"";
  out += text.substr(0, kShown);
  if (text.size() > kShown) out += "...";
  return out + '"';
}

std::string counted(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

// Refuses what the library would misread in silence (a control character 4 is the end of the text
// to it, leading zero bytes mean UTF-16), and what would fill its queue of tokens: it keeps every
// token of a flow collection until that is closed, at a hundred bytes a token. Counting the
// characters that begin or end tokens, wherever they stand, is crude, but twice as many as there
// may be values is far more than any prose has.
void check_characters(std::string_view text, const Limits& limits) {
  Mark at{1, 1};
  std::size_t marks = 0;
  const std::size_t most_marks = 2 * limits.nodes;
  for (std::size_t i = 0; i < text.size(); ++at.column) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x7F) {
      switch (text[i++]) {
        case '[':
        case ']':
        case '{':
        case '}':
        case ',':
        case ':':
        case '?':
        case '&':
        case '*':
        case '!':
        case '"':
        case '\'':
          if (++marks > most_marks) {
            throw Stop{{at, "too large: more than " + counted(limits.nodes) + " values and keys"}};
          }
          break;
        default:
          break;
      }
      continue;
    }
    if (byte == '\n') {
      at = Mark{at.line + 1, 0};
      ++i;
      continue;
    }
    if (byte == '\t' || byte == '\r') {
      ++i;
      continue;
    }
    if (byte < 0x20 || byte == 0x7F) {
      throw Stop{{at, "a control character (" + std::to_string(byte) +
                          "): write it as an escape in a double-quoted text"}};
    }
    const std::size_t length = utf8_length_at(text, i);
    if (length == 0) throw Stop{{at, "not UTF-8 text: save the file as UTF-8"}};
    i += length;
  }
}

// JSON writes a character outside the basic plane as two escapes, which YAML does not know. Joins
// them; only for texts that begin as JSON does, where a backslash is always inside double quotes.
std::optional<std::string> with_joined_surrogates(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    return std::nullopt;
  }
  if (text.find("\\u") == std::string_view::npos) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::optional<unsigned> high = hex_at(text, i);
    const std::optional<unsigned> low = high ? hex_at(text, i + 6) : std::nullopt;
    if (low && *high >= 0xD800 && *high < 0xDC00 && *low >= 0xDC00 && *low < 0xE000) {
      const unsigned code = 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\U";
      for (int shift = 28; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 15];
      i += 12;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      out.append(text, i, 2);
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace emulator::yaml
