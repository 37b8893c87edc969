#include "emulator/contract/facts.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/text.h"

namespace emulator::contract {
namespace {

constexpr double kMost = std::numeric_limits<double>::max();

// "24", "0.5": as somebody would write it.
std::string shown(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15)
    return std::to_string(static_cast<std::int64_t>(number));
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string bounded(const std::string& kind, double low, double high) {
  if (high < kMost) return kind + " from " + shown(low) + " to " + shown(high);
  return kind + " of at least " + shown(low);
}

std::vector<std::string> words_in(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    out.emplace_back(trimmed(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return out;
}

}  // namespace

const FactRow* row_named(std::span<const FactRow> rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const FactRow& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

bool is_null(const Part& part) {
  return !part.is_mapping() && !part.is_sequence() &&
         (!part.is_scalar() || json_of_scalar(*part.node).is_null());
}

void read_value(Reader& read, const Part& part, const FactRow& row, bool& out) {
  out = read.truth(part, row.name);
}

std::string kind_of(const FactRow&, const bool*) { return "true or false"; }

void read_value(Reader& read, const Part& part, const FactRow& row, double& out) {
  const Json value = part.is_scalar() ? json_of_scalar(*part.node) : Json();
  const double number = value.is_number() ? value.get<double>() : 0;
  if (value.is_number() && number >= row.range.low && number <= row.range.high)
    out = number;
  else
    read.expected(part, kind_of(row, &out), row.name);
}

std::string kind_of(const FactRow& row, const double*) {
  return bounded("a number", row.range.low, row.range.high);
}

std::optional<std::int64_t> integer_value(Reader& read, const Part& part, const FactRow& row,
                                          std::int64_t most) {
  const Json value = part.is_scalar() ? json_of_scalar(*part.node) : Json();
  const bool fits = value.is_number_integer() && value >= row.range.low &&
                    value <= row.range.high && value <= most;
  if (fits) return value.get<std::int64_t>();
  read.expected(part, integer_kind(row, most), row.name);
  return std::nullopt;
}

std::string integer_kind(const FactRow& row, std::int64_t most) {
  const bool open = row.range.high >= static_cast<double>(most);
  return bounded("an integer", row.range.low, open ? kMost : row.range.high);
}

// A text is what YAML takes for one; where only some words are known, however they are written.
void read_value(Reader& read, const Part& part, const FactRow& row, std::string& out) {
  if (row.range.words.empty()) {
    if (part.is_scalar() && json_of_scalar(*part.node).is_string())
      out = part.node->scalar;
    else
      read.expected(part, part.is_scalar() ? "a text (in quotes)" : "a text", row.name);
    return;
  }
  const std::vector<std::string> known = words_in(row.range.words);
  const std::string text = part.is_scalar() ? part.node->scalar : std::string();
  if (part.is_scalar() && std::find(known.begin(), known.end(), text) != known.end()) {
    out = text;
  } else if (!part.is_scalar()) {
    read.expected(part, kind_of(row, &out), row.name);
  } else {
    read.problems().add(part.place,
                        in_quotes(row.name) + " is one of " + std::string(row.range.words) +
                            ", not " + in_quotes(text),
                        text, known);
  }
}

std::string kind_of(const FactRow& row, const std::string*) {
  return row.range.words.empty() ? "a text" : "one of " + std::string(row.range.words);
}

void read_value(Reader& read, const Part& part, const FactRow& row, Duration& out) {
  if (const auto span = read.duration(part, row.name)) out = *span;
}

std::string kind_of(const FactRow&, const Duration*) { return "a duration such as 10m"; }

void read_value(Reader&, const Part& part, const FactRow&, Json& out) { out = json_of(part); }

std::string kind_of(const FactRow&, const Json*) { return "as it is written"; }

void read_value(Reader& read, const Part& part, const FactRow& row, Bytes& out) {
  const auto size = parse_size(part.is_scalar() ? part.node->scalar : "");
  if (size)
    out.count = *size;
  else
    read.expected(part, kind_of(row, &out), row.name);
}

std::string kind_of(const FactRow&, const Bytes*) { return "a size such as 64KiB or 2MB"; }

void read_value(Reader& read, const Part& part, const FactRow& row,
                std::shared_ptr<const Pattern>& out) {
  std::string text;
  read_value(read, part, row, text);
  if (text.empty()) return;
  auto compiled = compile(text);
  if (compiled)
    out = *compiled;
  else
    read.problems().add(part.place, "the pattern is not valid: " + compiled.error());
}

std::string kind_of(const FactRow&, const std::shared_ptr<const Pattern>*) {
  return "a regular expression (RE2)";
}

void read_rows(Reader& read, const Part& part, std::string_view key,
               std::initializer_list<BoundRows> tables) {
  for (const Part::Entry& entry : read.entries(part, key)) {
    bool known = false;
    for (const auto& [rows, facts] : tables)
      if (const FactRow* row = row_named(rows, entry.key)) {
        row->read(read, entry.value, *row, facts);
        known = true;
      }
    if (known) continue;
    std::vector<std::string> names;
    for (const BoundRows& table : tables)
      for (const FactRow& row : table.rows) names.emplace_back(row.name);
    read.problems().add(entry.place,
                        "unknown key " + in_quotes(entry.key) + " under " + in_quotes(key),
                        entry.key, names);
  }
  if (!part.is_mapping()) return;
  for (const BoundRows& table : tables)
    for (const FactRow& row : table.rows)
      if (row.needed && part.find(row.name) == nullptr)
        read.problems().add(part.place, in_quotes(key) + " has no " + in_quotes(row.name));
}

OwnFacts read_own(Reader& read, const Part& part, std::string_view key, const FactTable& own,
                  BoundRows common) {
  std::any facts = own.make == nullptr ? std::any() : own.make();
  read_rows(read, part, key,
            {common, {own.rows, facts.has_value() ? own.address(facts) : nullptr}});
  // Most have nothing of the provider's own, which need not be kept many times over.
  const bool any = part.is_mapping() && std::any_of(part.entries->begin(), part.entries->end(),
                                                    [&](const Part::Entry& entry) {
                                                      return row_named(own.rows, entry.key);
                                                    });
  return any ? OwnFacts::holding(std::move(facts)) : OwnFacts();
}

std::string rows_kind(std::span<const FactRow> rows) {
  std::string out = "a mapping of ";
  for (const FactRow& row : rows) out.append(&row == rows.data() ? "" : ", ").append(row.name);
  return out;
}

}  // namespace emulator::contract
