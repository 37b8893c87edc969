// One test of a value: what a condition of `when` compares with, and how. Its table is the schema's
// as well.
#include "emulator/scenario/read_test.h"

#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/scenario/then_parts.h"
#include "emulator/scenario/values.h"

namespace emulator::scenario {
namespace {

void set_value(const yaml::Node& node, Test& test) {
  test.value = json_of(node);
  test.text = node.scalar;
  test.as_text = node.is_scalar() && !node.quoted && !test.value.is_string();
}

bool read_contains(Reader& reader, const yaml::Node& node, Test& test) {
  if (!node.is_scalar() || node.scalar.empty()) {
    reader.expected(node, "contains", "a text that is not empty");
    return false;
  }
  test.kind = Test::Kind::kContains;
  set_value(node, test);
  return true;
}

bool read_matches(Reader& reader, const yaml::Node& node, Test& test) {
  constexpr std::size_t kLongest = 2000;
  constexpr std::int64_t kMemory = 1 << 20;
  const auto pattern = reader.text(node, "matches");
  if (!pattern) return false;
  if (pattern->size() > kLongest) {
    reader.problem(node.at, "\"matches\": a pattern is at most 2,000 bytes long");
    return false;
  }
  // Compiling costs time in proportion, so nothing is compiled any more once the room is taken.
  if (reader.pattern_room() == 0) return reader.take_pattern(node.at, 1);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  test.kind = Test::Kind::kMatches;
  test.text = *pattern;
  test.regex = std::make_shared<const RE2>(*pattern, options);
  if (test.regex->ok()) {
    // As RE2 reckons: a fourth of its memory is for instructions of 16 bytes, the rest to run them.
    constexpr std::size_t kBytesAStep = 64;
    return reader.take_pattern(node.at,
                               static_cast<std::size_t>(test.regex->ProgramSize()) * kBytesAStep);
  }
  if (test.regex->error_code() == RE2::ErrorPatternTooLarge)
    static_cast<void>(reader.take_pattern(node.at, kMemory));
  reader.problem(node.at,
                 "\"matches\": not a regular expression (RE2): " + valid_utf8(test.regex->error()));
  return false;
}

bool read_bound(Reader& reader, const yaml::Node& node, Test& test, std::string_view key,
                Test::Kind kind) {
  const auto number = reader.number(node, key);
  if (!number) return false;
  test.kind = kind;
  test.number = *number;
  return true;
}

bool read_above(Reader& reader, const yaml::Node& node, Test& test) {
  return read_bound(reader, node, test, "above", Test::Kind::kAbove);
}

bool read_below(Reader& reader, const yaml::Node& node, Test& test) {
  return read_bound(reader, node, test, "below", Test::Kind::kBelow);
}

bool read_present(Reader& reader, const yaml::Node& node, Test& test) {
  const auto present = reader.truth(node, "present");
  if (!present) return false;
  test.kind = Test::Kind::kPresent;
  test.present = *present;
  return true;
}

Json text_schema() { return {{"type", "string"}}; }
Json number_schema() { return {{"type", "number"}}; }
Json truth_schema() { return {{"type", "boolean"}}; }

constexpr TestKey kTestKeys[] = {
    {"contains", read_contains, scalar_schema, "a text within it, or an item of the list it is"},
    {"matches", read_matches, text_schema, "a regular expression (RE2) that matches some of it"},
    {"above", read_above, number_schema, "a number larger than this"},
    {"below", read_below, number_schema, "a number smaller than this"},
    {"present", read_present, truth_schema, "whether it is there and not null"},
};

}  // namespace

Json scalar_schema() { return {{"type", {"string", "number", "boolean"}}}; }

std::span<const TestKey> test_keys() { return kTestKeys; }

void read_tests(Reader& reader, const yaml::Node& node, Condition condition, When& when) {
  const std::string label = condition.written;
  condition.written += ": " + shown(node);
  if (!node.is_mapping()) {
    set_value(node, condition.test);
    when.conditions.push_back(std::move(condition));
    return;
  }
  if (node.entries.empty()) return reader.expected(node, label, kTestForms);
  std::optional<double> above, below;
  read_keys(reader, node, label, kTestKeys,
            [&](const TestKey& row, const yaml::Node&, const yaml::Node& value) {
              Condition one = condition;
              if (!row.read(reader, value, one.test)) return;
              if (one.test.kind == Test::Kind::kAbove) above = one.test.number;
              if (one.test.kind == Test::Kind::kBelow) below = one.test.number;
              when.conditions.push_back(std::move(one));
            });
  if (above && below && *above >= *below) {
    reader.problem(node.at, in_quotes(label) + ": nothing is above " + compact_json(*above) +
                                " and below " + compact_json(*below));
  }
}

}  // namespace emulator::scenario
