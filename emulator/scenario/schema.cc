#include "emulator/scenario/schema.h"

#include "emulator/scenario/keys.h"
#include "emulator/scenario/reader.h"
#include "emulator/scenario/top_keys.h"

namespace emulator::scenario {

Json reference(std::string_view definition) {
  return {{"$ref", "#/$defs/" + std::string(definition)}};
}

Json one_of_texts(const std::vector<std::string>& texts) { return {{"enum", texts}}; }

Json whole_schema(std::uint64_t from, std::uint64_t to) {
  Json out = {{"type", "integer"}, {"minimum", from}};
  if (to != UINT64_MAX) out["maximum"] = to;
  return out;
}

Json object_schema(Json properties) {
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

namespace {

constexpr const char* kDurationPattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d)|0)$";
constexpr const char* kRangePattern =
    "^ *([0-9]+(\\.[0-9]+)?(ms|s|m|h|d)|0) *\\.\\. *([0-9]+(\\.[0-9]+)?(ms|s|m|h|d)|0) *$";

template <class Rows>
Json properties_of(const Rows& rows) {
  Json out = Json::object();
  for (const auto& row : rows) {
    Json schema = row.schema();
    schema["description"] = row.about;
    out[std::string(row.name)] = std::move(schema);
  }
  return out;
}

// A duration, a range or quantiles, and the names of the profiles that have this side.
Json span_schema(const Vocabulary& vocabulary, std::optional<Span> Profile::*side) {
  Json quantiles = object_schema({{"p50", reference("duration")}, {"p99", reference("duration")}});
  quantiles["required"] = {"p50", "p99"};
  Json forms =
      Json::array({reference("duration"), Json{{"type", "string"}, {"pattern", kRangePattern}},
                   std::move(quantiles)});
  std::vector<std::string> names;
  if (side && vocabulary.profiles)
    for (const Profile& profile : *vocabulary.profiles)
      if (profile.*side) names.push_back(profile.name);
  if (!names.empty()) forms.push_back(one_of_texts(names));
  return {{"anyOf", std::move(forms)}};
}

Json test_schema() {
  Json tests = object_schema(properties_of(test_keys()));
  tests["minProperties"] = 1;
  const Json value = {{"type", {"string", "number", "boolean", "null", "array"}}};
  return {{"anyOf", Json::array({value, std::move(tests)})}};
}

Json rule_schema() {
  Json rule = object_schema(
      {{"name", {{"type", "string"}}},
       {"when", reference("when")},
       {"then", reference("then")},
       {"sequence", {{"type", "array"}, {"items", reference("then")}, {"minItems", 1}}},
       {"repeat", {{"type", "boolean"}, {"description", "the sequence starts over"}}},
       {"go_on", {{"type", "boolean"}, {"description", "later rules may add to this one"}}}});
  rule["required"] = {"when"};
  // What is required is named once more, as strict validators want it.
  const auto with = [](const char* key) {
    return Json{{"required", {key}}, {"properties", {{key, true}}}};
  };
  rule["oneOf"] = Json::array({with("then"), with("sequence")});
  return rule;
}

// `when` of an expectation: without the conditions that count.
Json expected_when_schema() {
  Json properties = Json::object();
  for (const WhenKey& row : when_keys()) {
    if (row.counts) continue;
    properties[std::string(row.name)] = {
        {"$ref", "#/$defs/when/properties/" + std::string(row.name)}};
  }
  return object_schema(std::move(properties));
}

Json expectation_schema() {
  Json bounds = object_schema({{"at_least", whole_schema(0)}, {"at_most", whole_schema(0)}});
  bounds["minProperties"] = 1;
  Json times = {{"anyOf", Json::array({whole_schema(0), std::move(bounds)})}};
  Json out = object_schema({{"when", expected_when_schema()}, {"times", std::move(times)}});
  out["required"] = {"when"};
  return out;
}

Json allowed_schema(const std::vector<std::string>& providers) {
  const Json code = one_of_texts(texts_of(kFindingWords));
  Json narrow = object_schema({{"code", code},
                               {"provider", one_of_texts(providers)},
                               {"endpoint", {{"type", "string"}, {"minLength", 1}}}});
  narrow["required"] = {"code"};
  return {{"anyOf", Json::array({code, std::move(narrow)})}};
}

Json top_schema(std::string_view name) {
  if (name == "name") return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]{1,64}$"}};
  if (name == "$schema") return {{"type", "string"}};
  if (name == "about") return {{"type", "string"}};
  if (name == "seed") return whole_schema(0);
  if (name == "recorded_times") return {{"type", "boolean"}};
  if (name == "credits") return {{"type", "number"}, {"minimum", 0}};
  if (name == "defaults") return object_schema(properties_of(default_keys()));
  const std::string_view item = name == "rules"   ? "rule"
                                : name == "allow" ? "allowed"
                                                  : "expectation";
  return {{"type", "array"}, {"items", reference(item)}};
}

}  // namespace

std::string schema_json(const Vocabulary& vocabulary) {
  const std::vector<std::string>& providers = vocabulary.providers;
  Json properties = Json::object();
  for (const TopKey& row : top_keys()) {
    Json schema = top_schema(row.name);
    schema["description"] = row.about;
    properties[std::string(row.name)] = std::move(schema);
  }
  Json when = properties_of(when_keys());
  when["provider"].erase("type");
  when["provider"].erase("minLength");
  when["provider"]["enum"] = providers;
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"$id", "urn:provider-emulator:scenario"},
                 {"title", "A scenario of provider-emulator"}};
  schema.update(object_schema(std::move(properties)));
  schema["$defs"] = {
      {"rule", rule_schema()},
      {"when", object_schema(std::move(when))},
      {"then", object_schema(properties_of(then_keys()))},
      {"expectation", expectation_schema()},
      {"allowed", allowed_schema(providers)},
      {"test", test_schema()},
      {"duration",
       {{"type", {"string", "integer"}},
        {"pattern", kDurationPattern},
        {"maximum", 0},
        {"description", "250ms, 3s, 10m, 2h, 7d; a bare number other than 0 needs a unit"}}},
      {"span", span_schema(vocabulary, nullptr)},
      {"queue", span_schema(vocabulary, &Profile::queue)},
      {"run", span_schema(vocabulary, &Profile::run)},
      {"percentage", {{"type", "string"}, {"pattern", "^[0-9]+(\\.[0-9]+)?%$"}}},
      {"size", {{"type", {"string", "integer"}}, {"minimum", 0}}},
  };
  return schema.dump(2) + "\n";
}

}  // namespace emulator::scenario
