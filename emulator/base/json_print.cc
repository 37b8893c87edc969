// JSON as Python's json.dumps prints it.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/base/json_writer.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

// How a byte of a string is written: as it is, escaped, or as part of a longer character.
enum class Written : unsigned char { kPlain, kEscaped, kLonger };
constexpr std::array<Written, 256> kWritten = [] {
  std::array<Written, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = Written::kEscaped;
  table['"'] = table['\\'] = Written::kEscaped;
  for (std::size_t c = 0x80; c < 256; ++c) table[c] = Written::kLonger;
  return table;
}();

void put_u_escape(std::string& out, char32_t unit) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 15];
}

void put_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      put_u_escape(out, static_cast<unsigned char>(c));
  }
}

void put_longer(std::string& out, const CodePoint& point, bool ascii) {
  if (!ascii) {
    append_utf8(out, point.is_surrogate() ? 0xFFFD : point.value);
  } else if (point.value < 0x10000) {
    put_u_escape(out, point.value);
  } else {
    put_u_escape(out, 0xD800 + ((point.value - 0x10000) >> 10));
    put_u_escape(out, 0xDC00 + ((point.value - 0x10000) & 0x3FF));
  }
}

// How many bytes at the front of `text` are printed as they are. Looks at eight at a time, since
// most of every reply is such text.
std::size_t plain_run(std::string_view text, bool ascii) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  // A high bit for every zero byte; bytes behind the first such may be marked as well.
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  const auto plain = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t below = (word - kOnes * 0x20) & ~word & kHighs;
    if (((word & kHighs) | below | zeros(word ^ kOnes * '"') | zeros(word ^ kOnes * '\\')) != 0)
      return false;
    return !ascii || zeros(word ^ kOnes * 0x7F) == 0;
  };
  std::size_t at = 0;
  while (at + 8 <= text.size() && plain(at)) at += 8;
  // The last few are looked at with those before them.
  if (at > 0 && at + 8 > text.size() && plain(text.size() - 8)) return text.size();
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (kWritten[byte] != Written::kPlain || (ascii && byte == 0x7F)) break;
    ++at;
  }
  return at;
}

void put_string(std::string& out, std::string_view text, bool ascii) {
  std::size_t run = plain_run(text, ascii);
  if (run == text.size()) {
    // Nearly all: the quotes and what is between them in one go.
    const std::size_t at = out.size();
    out.append(run + 2, '"');
    text.copy(out.data() + at + 1, run);
    return;
  }
  out += '"';
  for (;; run = plain_run(text, ascii)) {
    out.append(text, 0, run);
    if (run == text.size()) break;
    text.remove_prefix(run);
    if (kWritten[static_cast<unsigned char>(text.front())] == Written::kEscaped) {
      put_escaped(out, text.front());
      text.remove_prefix(1);
    } else {
      const CodePoint point = code_point_at(text, 0);
      put_longer(out, point, ascii);
      text.remove_prefix(point.bytes);
    }
  }
  out += '"';
}

// As Python's repr: the shortest digits that read back, with an exponent from 1e16 up and below
// 1e-4, else with at least one digit after the point.
void put_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  const double size = std::fabs(value);
  const bool exponent = size >= 1e16 || (size < 1e-4 && size > 0);
  std::array<char, 40> buffer{};
  char* const end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    exponent ? std::chars_format::scientific : std::chars_format::fixed)
          .ptr;
  out.append(buffer.data(), end);
  if (!exponent && std::find(buffer.data(), end, '.') == end) out += ".0";
}

template <class Integer>
void put_integer(std::string& out, Integer value) {
  std::array<char, 24> buffer{};
  out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr);
}

// Writes values that have no parts; false for the others.
bool put_scalar(std::string& out, const Json& value, bool ascii) {
  switch (value.type()) {
    case Json::value_t::string:
      put_string(out, value.get_ref<const std::string&>(), ascii);
      return true;
    case Json::value_t::boolean:
      out += value.get<bool>() ? "true" : "false";
      return true;
    case Json::value_t::number_integer:
      put_integer(out, value.get<std::int64_t>());
      return true;
    case Json::value_t::number_unsigned:
      put_integer(out, value.get<std::uint64_t>());
      return true;
    case Json::value_t::number_float:
      put_double(out, value.get<double>());
      return true;
    case Json::value_t::object:
    case Json::value_t::array:
      return false;
    case Json::value_t::binary:
      out += is_big_integer(value) ? digits_of(value) : "null";
      return true;
    default:
      out += "null";
      return true;
  }
}

void put_compact(std::string& out, const Json& value) {
  if (put_scalar(out, value, false)) return;
  bool first = true;
  if (value.is_array()) {
    out += '[';
    for (const Json& item : value.get_ref<const Json::array_t&>()) {
      if (!first) out += ',';
      first = false;
      put_compact(out, item);
    }
    out += ']';
    return;
  }
  out += '{';
  for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
    if (!first) out += ',';
    first = false;
    put_string(out, key, false);
    out += ':';
    put_compact(out, member);
  }
  out += '}';
}

void put_sorted(std::string& out, const Json& value) {
  if (put_scalar(out, value, true)) return;
  bool first = true;
  if (value.is_array()) {
    out += '[';
    for (const Json& item : value.get_ref<const Json::array_t&>()) {
      if (!first) out += ", ";
      first = false;
      put_sorted(out, item);
    }
    out += ']';
    return;
  }
  // Bytes of UTF-8 sort as code points do, and so as Python sorts.
  std::vector<const Json::object_t::value_type*> members;
  members.reserve(value.size());
  for (const auto& member : value.get_ref<const Json::object_t&>()) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  out += '{';
  for (const auto* member : members) {
    if (!first) out += ", ";
    first = false;
    put_string(out, member->first, true);
    out += ": ";
    put_sorted(out, member->second);
  }
  out += '}';
}

}  // namespace

std::string compact_json(const Json& value) {
  std::string out;
  out.reserve(512);  // most replies fit
  put_compact(out, value);
  return out;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  put_string(out_, name, false);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::put(std::string_view text) {
  separate();
  put_string(out_, text, false);
  return *this;
}

JsonWriter& JsonWriter::put(double value) {
  separate();
  put_double(out_, value);
  return *this;
}

JsonWriter& JsonWriter::put(const Json& value) {
  separate();
  put_compact(out_, value);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  out_ += text;
  return *this;
}

JsonWriter& JsonWriter::put_signed(std::int64_t value) {
  separate();
  put_integer(out_, value);
  return *this;
}

JsonWriter& JsonWriter::put_unsigned(std::uint64_t value) {
  separate();
  put_integer(out_, value);
  return *this;
}

std::string sorted_python_json(const Json& value) {
  std::string out;
  out.reserve(512);
  put_sorted(out, value);
  return out;
}

bool has_non_finite(const Json& value) {
  if (value.is_number_float()) return !std::isfinite(value.get<double>());
  if (!value.is_structured()) return false;
  return std::any_of(value.begin(), value.end(), has_non_finite);
}

}  // namespace emulator
