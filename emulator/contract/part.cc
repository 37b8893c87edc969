#include "emulator/contract/part.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <set>
#include <utility>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"

namespace emulator::contract {
namespace {

const std::vector<Part::Entry> kNoEntries;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::optional<Json> integer_of(std::string_view text) {
  int base = 10;
  if (text.substr(0, 2) == "0x") base = 16;
  if (text.substr(0, 2) == "0o") base = 8;
  std::string_view digits = text.substr(base == 10 ? 0 : 2);
  if (base == 10 && digits[0] == '+') digits.remove_prefix(1);
  if (digits.empty() || (digits[0] == '-' && text[0] != '-')) return std::nullopt;
  const char* const last = digits.data() + digits.size();
  std::int64_t small = 0;
  const auto [end, error] = std::from_chars(digits.data(), last, small, base);
  if (end != last) return std::nullopt;
  if (error == std::errc()) return small;
  std::uint64_t large = 0;
  if (digits[0] != '-' && std::from_chars(digits.data(), last, large, base).ec == std::errc())
    return large;
  return std::strtod(std::string(digits).c_str(), nullptr);
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  std::size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, ++at);
    if (whole + fraction == 0) return false;
    at += fraction;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

std::optional<Json> special_float(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  if (is_one_of(text, {"-.inf", "-.Inf", "-.INF"})) return -kInfinity;
  if (is_one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"})) return kInfinity;
  return std::nullopt;
}

std::string shown(const Part& part) {
  if (part.is_mapping()) return "a mapping";
  if (part.is_sequence()) return "a list";
  if (!part.is_scalar()) return "nothing";
  constexpr std::size_t kLongest = 40;
  if (part.node->scalar.size() <= kLongest) return in_quotes(part.node->scalar);
  return in_quotes(valid_utf8(part.node->scalar.substr(0, kLongest)) + "...");
}

}  // namespace

std::string in_quotes(std::string_view word) {
  std::string text;
  text.reserve(word.size() + 2);
  text += '"';
  text += word;
  return text += '"';
}

Part Part::of(const yaml::Node& node, std::size_t file) {
  Part part{&node, {file, node.at}, nullptr};
  if (!node.is_mapping()) return part;
  auto entries = std::make_shared<std::vector<Entry>>();
  entries->reserve(node.entries.size());
  for (const auto& [key, value] : node.entries)
    entries->push_back({key.scalar, {file, key.at}, of(value, file)});
  part.entries = std::move(entries);
  return part;
}

Part Part::holding(std::string_view key, const Part& value) {
  Part part{value.node, value.place, nullptr};
  part.entries = std::make_shared<std::vector<Entry>>(1, Entry{key, value.place, value});
  return part;
}

std::vector<Part> Part::items() const {
  std::vector<Part> parts;
  parts.reserve(node->items.size());
  for (const yaml::Node& item : node->items) parts.push_back(of(item, place.file));
  return parts;
}

const Part* Part::find(std::string_view key) const {
  if (!is_mapping()) return nullptr;
  for (const Entry& entry : *entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

std::vector<std::string> keys_of(const Part& part) {
  std::vector<std::string> keys;
  if (!part.is_mapping()) return keys;
  keys.reserve(part.entries->size());
  for (const Part::Entry& entry : *part.entries) keys.emplace_back(entry.key);
  return keys;
}

Part laid_over(const Part& lower, const Part& upper) {
  if (!lower.is_mapping() || !upper.is_mapping()) return upper;
  auto entries = std::make_shared<std::vector<Part::Entry>>(*lower.entries);
  for (const Part::Entry& entry : *upper.entries) {
    const auto same = std::find_if(entries->begin(), entries->end(),
                                   [&](const Part::Entry& e) { return e.key == entry.key; });
    if (same == entries->end()) {
      entries->push_back(entry);
    } else {
      *same = {entry.key, entry.place, laid_over(same->value, entry.value)};
    }
  }
  return {upper.node, upper.place, std::move(entries)};
}

Json json_of_scalar(const yaml::Node& scalar) {
  const std::string& text = scalar.scalar;
  if (scalar.quoted) return text;
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  const char first = text[0];
  if (is_digit(first) || first == '-' || first == '+' || first == '.') {
    if (const auto integer = integer_of(text)) return *integer;
    if (is_float(text)) {
      const std::size_t sign = first == '+' ? 1 : 0;
      return std::strtod(text.c_str() + sign, nullptr);
    }
    if (const auto special = special_float(text)) return *special;
    return text;
  }
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  return text;
}

Json json_of(const Part& part) {
  if (part.is_mapping()) {
    Json object = Json::object();
    auto& members = object.get_ref<Json::object_t&>();
    for (const Part::Entry& entry : *part.entries)
      members.emplace_back(std::string(entry.key), json_of(entry.value));
    return object;
  }
  if (part.is_sequence()) {
    Json array = Json::array();
    for (const Part& item : part.items()) array.push_back(json_of(item));
    return array;
  }
  return part.is_scalar() ? json_of_scalar(*part.node) : Json();
}

void Problems::add(const Place& place, std::string text, std::string_view word,
                   const std::vector<std::string>& known) {
  if (const auto near = nearest(word, known)) text += "; did you mean " + in_quotes(*near) + "?";
  add(place, std::move(text));
}

std::vector<std::string> Problems::lines() const {
  std::vector<Found> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Found& a, const Found& b) {
    return std::tuple(a.place.file, a.place.at.line, a.place.at.column) <
           std::tuple(b.place.file, b.place.at.line, b.place.at.column);
  });
  std::vector<std::string> texts;
  texts.reserve(sorted.size());
  // Fields that several endpoints take over are read once for each of them.
  std::set<std::string> told;
  for (const Found& found : sorted) {
    std::string text = yaml::to_line(files_[found.place.file], {found.place.at, found.text});
    if (told.insert(text).second) texts.push_back(std::move(text));
  }
  return texts;
}

void Reader::expected(const Part& part, std::string_view what, std::string_view key) {
  problems_.add(part.place, "expected " + std::string(what) + " under " + in_quotes(key) +
                                ", got " + shown(part));
}

const std::vector<Part::Entry>& Reader::entries(const Part& part, std::string_view key) {
  if (part.is_mapping()) return *part.entries;
  expected(part, "a mapping", key);
  return kNoEntries;
}

const std::vector<Part::Entry>& Reader::known_entries(
    const Part& part, std::string_view key, std::string_view where,
    std::initializer_list<std::string_view> known) {
  for (const Part::Entry& entry : entries(part, key)) {
    if (is_one_of(entry.key, known)) continue;
    problems_.add(entry.place, "unknown key " + in_quotes(entry.key) + " in " + std::string(where),
                  entry.key, std::vector<std::string>(known.begin(), known.end()));
  }
  return part.is_mapping() ? *part.entries : kNoEntries;
}

std::vector<Part> Reader::items(const Part& part, std::string_view key) {
  if (part.is_sequence()) return part.items();
  expected(part, "a list", key);
  return {};
}

std::string Reader::text(const Part& part, std::string_view key) {
  if (part.is_scalar()) return part.node->scalar;
  expected(part, "a text", key);
  return {};
}

std::vector<std::string> Reader::texts(const Part& part, std::string_view key) {
  const std::vector<Part> parts = items(part, key);
  std::vector<std::string> list;
  list.reserve(parts.size());
  for (const Part& item : parts) list.push_back(text(item, key));
  return list;
}

bool Reader::truth(const Part& part, std::string_view key) {
  const Json value = part.is_scalar() ? json_of_scalar(*part.node) : Json();
  if (!value.is_boolean()) expected(part, "true or false", key);
  return value.is_boolean() && value.get<bool>();
}

double Reader::number(const Part& part, std::string_view key) {
  const Json value = part.is_scalar() ? json_of_scalar(*part.node) : Json();
  if (!value.is_number()) expected(part, "a number", key);
  return value.is_number() ? value.get<double>() : 0;
}

std::int64_t Reader::integer(const Part& part, std::string_view key, std::int64_t low,
                             std::int64_t high) {
  const Json value = part.is_scalar() ? json_of_scalar(*part.node) : Json();
  const std::int64_t number = value.is_number_integer() ? value.get<std::int64_t>() : low;
  if (value.is_number_integer() && number >= low && number <= high) return number;
  std::string what = "an integer of at least " + std::to_string(low);
  if (high != std::numeric_limits<std::int64_t>::max())
    what += " and at most " + std::to_string(high);
  expected(part, what, key);
  return low;
}

std::optional<Duration> Reader::duration(const Part& part, std::string_view key) {
  if (!part.is_scalar()) {
    expected(part, "a duration such as 10m", key);
    return std::nullopt;
  }
  const auto span = parse_duration(part.node->scalar);
  if (span) return *span;
  problems_.add(part.place, in_quotes(key) + ": " + span.error());
  return std::nullopt;
}

std::size_t Reader::count(const Part& part, std::string_view key) {
  return static_cast<std::size_t>(integer(part, key, 0, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace emulator::contract
