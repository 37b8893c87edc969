#include "emulator/base/multipart.h"

#include <algorithm>
#include <utility>

#include "emulator/base/ascii.h"

// RFC 7578 over RFC 2046, as forms are sent by browsers, curl and fetch: parts between lines of
// `--boundary`, each with a few headers. Lines end in CRLF; a bare LF is not taken for a line's
// end, since a boundary might then be found inside a file.

namespace emulator {
namespace {

constexpr std::size_t kMaxBoundary = 200;  // RFC 2046 allows 70; some libraries send more
constexpr std::size_t kMaxPartHeaders = 16384;

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes `"..."` or a bare word off the front of `text`. In quotes only `\"` and `\\` are escapes:
// some browsers send the backslashes of a Windows path as they are.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.empty() && text.front() == '"') {
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
      if (text.front() == '\\' && text.size() > 1 && (text[1] == '"' || text[1] == '\\'))
        text.remove_prefix(1);
      value += text.front();
      text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
    return value;
  }
  const std::size_t end = std::min(text.find(';'), text.size());
  value = without_blanks(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

// `form-data; name="a"; filename="b"`: the word before the first semicolon, then the parameters.
struct HeaderValue {
  std::string word;
  std::vector<std::pair<std::string, std::string>> parameters;

  const std::string* find(std::string_view name) const {
    for (const auto& [known, value] : parameters)
      if (same_word(known, name)) return &value;
    return nullptr;
  }
};

HeaderValue taken_apart(std::string_view text) {
  HeaderValue out;
  const std::size_t first = std::min(text.find(';'), text.size());
  out.word = without_blanks(text.substr(0, first));
  text.remove_prefix(first);
  while (!text.empty()) {
    if (text.front() != '=' && text.front() != ';') {
      text.remove_prefix(1);  // whatever stands between a quoted value and the next semicolon
      continue;
    }
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find_first_of("=;"), text.size());
    const std::string_view name = without_blanks(text.substr(0, end));
    text.remove_prefix(end);
    std::string value;
    if (!text.empty() && text.front() == '=') {
      text.remove_prefix(1);
      while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
      value = take_value(text);
    }
    if (!name.empty()) out.parameters.emplace_back(name, std::move(value));
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// `UTF-8''na%C3%AFve.png` of RFC 8187, without its charset and language.
std::string extended(std::string_view text) {
  const std::size_t charset = text.find('\'');
  const std::size_t language =
      charset == std::string_view::npos ? charset : text.find('\'', charset + 1);
  if (language == std::string_view::npos) return std::string(text);
  text.remove_prefix(language + 1);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Reads the header lines of one part, each without its CRLF.
Result<FormPart, std::string> part_of(std::string_view headers, std::size_t number) {
  FormPart part;
  bool named = false;
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find("\r\n"), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 2, headers.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      return Failure{"part " + std::to_string(number) + " has a header line without a colon"};
    const std::string_view name = without_blanks(line.substr(0, colon));
    const std::string_view value = without_blanks(line.substr(colon + 1));
    if (same_word(name, "content-type")) {
      part.content_type = value;
    } else if (same_word(name, "content-disposition")) {
      const HeaderValue disposition = taken_apart(value);
      if (!same_word(disposition.word, "form-data")) continue;
      if (const std::string* given = disposition.find("name")) {
        part.name = *given;
        named = true;
      }
      if (const std::string* plain = disposition.find("filename")) part.file_name = *plain;
      if (const std::string* coded = disposition.find("filename*"))
        part.file_name = extended(*coded);
    }
  }
  if (!named) return Failure{"part " + std::to_string(number) + " has no name"};
  return part;
}

Result<std::string, std::string> boundary_of(std::string_view content_type) {
  const HeaderValue type = taken_apart(content_type);
  if (!same_word(type.word, "multipart/form-data"))
    return Failure<std::string>{"the content type is not multipart/form-data"};
  const std::string* boundary = type.find("boundary");
  if (boundary == nullptr || boundary->empty())
    return Failure<std::string>{"the content type has no boundary"};
  if (boundary->size() > kMaxBoundary)
    return Failure<std::string>{"the boundary is longer than " + std::to_string(kMaxBoundary) +
                                " bytes"};
  if (boundary->find_first_of("\r\n") != std::string::npos)
    return Failure<std::string>{"the boundary has a line break"};
  return *boundary;
}

}  // namespace

Result<std::vector<FormPart>, std::string> parse_multipart(std::string_view content_type,
                                                           std::string_view body,
                                                           std::size_t max_parts) {
  const auto boundary = boundary_of(content_type);
  if (!boundary) return Failure{boundary.error()};
  const std::string dashes = "--" + *boundary;
  const std::string between = "\r\n" + dashes;

  // The first boundary may stand at once; otherwise what comes before it is a preamble.
  if (body.substr(0, dashes.size()) == dashes) {
    body.remove_prefix(dashes.size());
  } else {
    const std::size_t first = body.find(between);
    if (first == std::string_view::npos)
      return Failure<std::string>{"the boundary is not in the body"};
    body.remove_prefix(first + between.size());
  }

  std::vector<FormPart> parts;
  while (true) {
    if (body.substr(0, 2) == "--") return parts;  // what follows is an epilogue
    while (!body.empty() && (body.front() == ' ' || body.front() == '\t')) body.remove_prefix(1);
    if (body.substr(0, 2) != "\r\n")
      return Failure<std::string>{"a boundary is not followed by the end of its line"};
    const std::size_t number = parts.size() + 1;
    if (number > max_parts)
      return Failure{"there are more than " + std::to_string(max_parts) + " parts"};

    // The headers end with the first empty line, which may be the very next.
    const std::size_t blank = body.find("\r\n\r\n");
    if (blank == std::string_view::npos)
      return Failure{"part " + std::to_string(number) + " ends within its headers"};
    if (blank > kMaxPartHeaders)
      return Failure{"part " + std::to_string(number) + " has too many headers"};
    const std::string_view headers = blank == 0 ? std::string_view() : body.substr(2, blank - 2);
    body.remove_prefix(blank + 4);
    auto part = part_of(headers, number);
    if (!part) return Failure{std::move(part.error())};

    // An empty part's boundary may stand right after the blank line.
    const bool empty = body.substr(0, dashes.size()) == dashes;
    const std::size_t end = empty ? 0 : body.find(between);
    if (end == std::string_view::npos)
      return Failure{"part " + std::to_string(number) +
                     " has no end: the closing boundary is missing"};
    part->data = body.substr(0, end);
    body.remove_prefix(end + (empty ? dashes.size() : between.size()));
    parts.push_back(std::move(*part));
  }
}

}  // namespace emulator
