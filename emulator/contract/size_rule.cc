#include "emulator/contract/size_rule.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "emulator/contract/facts.h"

namespace emulator {
namespace image {

std::string kind_of(const contract::FactRow&, const Size*) {
  return "a width and a height such as [1024, 768]";
}

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Size& out) {
  const Json sides = contract::json_of(part);
  const auto is_side = [](const Json& side) {
    return side.is_number_integer() && side > 0 && side <= image::kMostSide;
  };
  if (sides.is_array() && sides.size() == 2 && is_side(sides[0]) && is_side(sides[1]))
    out = {sides[0].get<int>(), sides[1].get<int>()};
  else
    read.expected(part, kind_of(row, &out), row.name);
}

}  // namespace image

namespace contract {
namespace {

constexpr FactRange kSteps = from_to(1, 4'096);
constexpr FactRange kPixels = at_least(1);

std::optional<double> plain_number(std::string_view text) {
  if (text.empty() || text.size() > 12) return std::nullopt;
  for (const char c : text)
    if ((c < '0' || c > '9') && c != '.') return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);
}

// The row of a ratio, which is a number in the struct and a text in the file.
template <auto kMember>
constexpr FactRow ratio(std::string_view name, std::string_view about) {
  FactRow row = fact<kMember>(name, about);
  row.read = [](Reader& read, const Part& part, const FactRow& self, void* rule) {
    using Rule = typename MemberType<decltype(kMember)>::Owner;
    auto& out = static_cast<Rule*>(rule)->*kMember;
    out = ratio_of(part.is_scalar() ? part.node->scalar : "");
    if (!out) read.expected(part, self.kind(self), self.name);
  };
  row.kind = [](const FactRow&) { return std::string("a ratio such as 16:9"); };
  return row;
}

std::span<const FactRow> fact_rows(const NearestSize*) {
  static constexpr FactRow kRows[] = {needed<&NearestSize::of>("of", "the sizes there are")};
  return kRows;
}

std::span<const FactRow> fact_rows(const FieldsSize*) {
  static constexpr FactRow kRows[] = {
      fact<&FieldsSize::usual>("default", "what is not asked for"),
      fact<&FieldsSize::pixels>("pixels", "at most, in all", kPixels),
      fact<&FieldsSize::step>("step", "of the sides", kSteps),
  };
  return kRows;
}

std::span<const FactRow> fact_rows(const InputSize*) {
  static constexpr FactRow kRows[] = {
      fact<&InputSize::usual>("default", "without a picture"),
      fact<&InputSize::margins>("margins", "left, right, top and bottom are added"),
  };
  return kRows;
}

std::span<const FactRow> fact_rows(const FieldsOrInputSize*) {
  static constexpr FactRow kRows[] = {
      fact<&FieldsOrInputSize::usual>("default", "without a picture"),
      needed<&FieldsOrInputSize::step>("step", "of the sides", kSteps),
      needed<&FieldsOrInputSize::pixels>("pixels", "at most, in all", kPixels),
  };
  return kRows;
}

std::span<const FactRow> fact_rows(const TextSize*) {
  static constexpr FactRow kRows[] = {fact<&TextSize::usual>("usual", "without a size")};
  return kRows;
}

std::span<const FactRow> fact_rows(const NamedSize*) {
  static constexpr FactRow kRows[] = {
      fact<&NamedSize::least_pixels>("least_pixels", "smaller sizes are enlarged to it")};
  return kRows;
}

std::span<const FactRow> fact_rows(const AskedSize*) {
  static constexpr FactRow kRows[] = {
      needed<&AskedSize::otherwise>("otherwise", "the name of a size"),
      fact<&AskedSize::step>("step", "of the sides", kSteps),
      ratio<&AskedSize::least>("least", "the least ratio"),
      ratio<&AskedSize::most>("most", "the largest ratio"),
  };
  return kRows;
}

// Keys of a scale, which lie beside those of its rule.
template <class Rule>
constexpr FactRow scale_by() {
  FactRow row;
  row.name = "by";
  row.about = "the field that `pixels` or `scale` depends on";
  row.read = [](Reader& read, const Part& part, const FactRow& self, void* rule) {
    read_value(read, part, self, static_cast<Rule*>(rule)->scale.by);
  };
  row.kind = [](const FactRow& self) { return kind_of(self, static_cast<std::string*>(nullptr)); };
  return row;
}
template <class Rule>
constexpr FactRow scale_of() {
  FactRow row;
  row.name = "scale";
  row.about = "factors of the sides by the value of that field";
  row.read = [](Reader& read, const Part& part, const FactRow& self, void* rule) {
    read_value(read, part, self, static_cast<Rule*>(rule)->scale.of);
  };
  row.kind = [](const FactRow& self) {
    return kind_of(self, static_cast<decltype(Scale::of)*>(nullptr));
  };
  return row;
}

std::span<const FactRow> fact_rows(const TableSize*) {
  static constexpr FactRow kRows[] = {
      needed<&TableSize::of>("of", "sizes by the texts of ratios"),
      scale_by<TableSize>(),
      scale_of<TableSize>(),
      fact<&TableSize::otherwise>("otherwise", "without a ratio", one_of("ratio, input")),
  };
  return kRows;
}

// A number, or one for each value of a field.
constexpr FactRow area_pixels() {
  FactRow row;
  row.name = "pixels";
  row.about = "about so many, or by the value of a field";
  row.range = kPixels;
  row.read = [](Reader& read, const Part& part, const FactRow& self, void* rule) {
    auto& area = *static_cast<AreaSize*>(rule);
    if (part.is_mapping())
      read_value(read, part, self, area.pixels_by);
    else
      read_value(read, part, self, area.pixels);
  };
  row.kind = [](const FactRow&) { return std::string("a number, or a mapping from values"); };
  return row;
}

std::span<const FactRow> fact_rows(const AreaSize*) {
  static constexpr FactRow kRows[] = {
      area_pixels(),
      scale_by<AreaSize>(),
      scale_of<AreaSize>(),
      fact<&AreaSize::step>("step", "of the sides", kSteps),
      ratio<&AreaSize::least>("least", "the least ratio"),
      ratio<&AreaSize::most>("most", "the largest ratio"),
      fact<&AreaSize::otherwise>("otherwise", "without a ratio", one_of("ratio, input")),
      fact<&AreaSize::free>("free", "the ratio may be any W:H"),
  };
  return kRows;
}

template <class Rule>
SizeRule read_as(Reader& read, const Part& part) {
  Rule rule;
  FactRow row;
  row.name = "size";
  read_rows(read, part, row.name, {{fact_rows(&rule), &rule}});
  return rule;
}

struct RuleWord {
  std::string_view word;
  SizeRule (*read)(Reader& read, const Part& part);
};
constexpr std::array<RuleWord, 9> kRules{{{"area", read_as<AreaSize>},
                                          {"nearest", read_as<NearestSize>},
                                          {"table", read_as<TableSize>},
                                          {"fields", read_as<FieldsSize>},
                                          {"input", read_as<InputSize>},
                                          {"fields_or_input", read_as<FieldsOrInputSize>},
                                          {"text", read_as<TextSize>},
                                          {"image_size", read_as<NamedSize>},
                                          {"asked", read_as<AskedSize>}}};

}  // namespace

std::optional<double> ratio_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto w = plain_number(text.substr(0, colon));
  const auto h = plain_number(text.substr(colon + 1));
  if (!w || !h || *w <= 0 || *h <= 0) return std::nullopt;
  return *w / *h;
}

SizeRule read_size_rule(Reader& read, const Part& part) {
  if (read.entries(part, "size").empty()) return {};
  const Part* word = part.find("rule");
  if (word == nullptr) {
    read.problems().add(part.place, "a size has no \"rule\"");
    return {};
  }
  const std::string name = read.text(*word, "rule");
  const auto known = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const RuleWord& rule) { return rule.word == name; });
  if (known == kRules.end()) {
    std::vector<std::string> words;
    words.reserve(std::size(kRules));
    for (const RuleWord& rule : kRules) words.emplace_back(rule.word);
    read.problems().add(word->place, "unknown rule " + in_quotes(name) + " under \"size\"", name,
                        words);
    return {};
  }
  // The rule's own keys.
  auto keys = std::make_shared<std::vector<Part::Entry>>();
  for (const Part::Entry& entry : *part.entries)
    if (entry.key != "rule") keys->push_back(entry);
  return known->read(read, {part.node, part.place, std::move(keys)});
}

}  // namespace contract
}  // namespace emulator
