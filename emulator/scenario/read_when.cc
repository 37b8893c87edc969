// Reads `when`: the conditions of rules and expectations, each by its row of the table below.
#include <algorithm>
#include <array>

#include "emulator/scenario/keys.h"
#include "emulator/scenario/read_test.h"
#include "emulator/scenario/then_parts.h"
#include "emulator/scenario/values.h"

namespace emulator::scenario {
namespace {

using What = Condition::What;

// `"on" expects ...`, with what it may be.
std::vector<std::string> on_words() {
  std::vector<std::string> words = texts_of(kOnWords);
  words.emplace_back("any");
  return words;
}

void read_on(Reader& reader, const yaml::Node& node, When& when) {
  if (node.is_scalar() && node.scalar == "any") {
    when.on = std::nullopt;
  } else if (const auto on = from_word(node.scalar, kOnWords); node.is_scalar() && on) {
    when.on = *on;
    if (const ProviderWords* words = reader.words(); words && !words->requests.empty()) {
      check_word(reader, node, "request", &ProviderWords::requests);
    }
  } else {
    reader.unknown_word(node, "on", on_words());
  }
}

void read_provider(Reader& reader, const yaml::Node& node, When& when) {
  const std::vector<std::string>& known = reader.providers();
  if (!node.is_scalar() || node.scalar.empty() ||
      (!known.empty() && std::find(known.begin(), known.end(), node.scalar) == known.end())) {
    return reader.unknown_word(node, "provider", known);
  }
  when.provider = node.scalar;
}

std::optional<Condition> read_glob(Reader& reader, const yaml::Node& node, What what,
                                   std::string_view key) {
  if (!node.is_scalar() || node.scalar.empty()) {
    const std::string such = what == What::kPath ? "*/requests/*/status" : "flux-*";
    reader.expected(node, key, "a glob such as \"" + such + "\" (`*` any text, `?` one character)");
    return std::nullopt;
  }
  Condition condition;
  condition.what = what;
  condition.test.kind = Test::Kind::kGlob;
  condition.test.text = node.scalar;
  condition.written = std::string(key) + ": " + shown(node);
  return condition;
}

bool fits_one(const std::string& glob, const std::vector<std::string>& endpoints) {
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [&](const std::string& one) { return glob_matches(glob, one); });
}

// The endpoint that a glob which fits nothing was meant for, if one is near.
std::optional<std::string> nearest_endpoint(std::string_view glob,
                                            const std::vector<std::string>& endpoints) {
  while (glob.ends_with('*')) glob.remove_suffix(1);
  return nearest(glob, endpoints);
}

// `; did you mean "flux-dev"?`, else some of those that there are.
std::string endpoint_hint(const std::string& glob, std::vector<std::string> endpoints) {
  if (const auto meant = nearest_endpoint(glob, endpoints)) {
    return "; did you mean " + in_quotes(*meant) + "?";
  }
  constexpr std::size_t kShown = 8;
  const std::size_t more = endpoints.size() > kShown ? endpoints.size() - kShown : 0;
  if (more > 0) endpoints.resize(kShown);
  return "; it has " + listed(endpoints) +
         (more > 0 ? " (and " + std::to_string(more) + " more)" : "");
}

// A glob of a rule for all providers, which may be about an id that nobody lists.
void check_any_endpoint(Reader& reader, const yaml::Node& node) {
  std::vector<std::string> all;
  for (const std::string& provider : reader.providers()) {
    const ProviderWords* words = reader.words_of(provider);
    if (!words || fits_one(node.scalar, words->endpoints)) return;
    all.insert(all.end(), words->endpoints.begin(), words->endpoints.end());
  }
  if (all.empty()) return;
  const auto meant = nearest_endpoint(node.scalar, all);
  reader.warn(node.at, "endpoint " + in_quotes(node.scalar) +
                           " fits no endpoint known of any provider" +
                           (meant ? "; did you mean " + in_quotes(*meant) + "?" : ""));
}

void read_endpoint(Reader& reader, const yaml::Node& node, When& when) {
  auto condition = read_glob(reader, node, What::kEndpoint, "endpoint");
  if (!condition) return;
  when.conditions.push_back(std::move(*condition));
  if (when.provider.empty()) return check_any_endpoint(reader, node);
  const ProviderWords* words = reader.words();
  if (!words || words->endpoints.empty() || fits_one(node.scalar, words->endpoints)) return;
  if (words->any_endpoint) {
    const auto meant = nearest_endpoint(node.scalar, words->endpoints);
    return reader.warn(node.at, "endpoint " + in_quotes(node.scalar) +
                                    " fits none of those known of " + words->provider +
                                    ", which answers others too" +
                                    (meant ? "; did you mean " + in_quotes(*meant) + "?" : ""));
  }
  reader.problem(node.at, "endpoint " + in_quotes(node.scalar) + " matches none of " +
                              words->provider + "'s endpoints" +
                              endpoint_hint(node.scalar, words->endpoints));
}

void read_path(Reader& reader, const yaml::Node& node, When& when) {
  if (node.is_mapping()) {
    if (node.find("above") || node.find("below") || node.find("present")) {
      return reader.expected(node, "path", "a glob, {contains: TEXT} or {matches: REGEX}");
    }
    Condition condition;
    condition.what = What::kPath;
    condition.written = "path";
    return read_tests(reader, node, std::move(condition), when);
  }
  auto condition = read_glob(reader, node, What::kPath, "path");
  if (condition) when.conditions.push_back(std::move(*condition));
}

void read_key(Reader& reader, const yaml::Node& node, When& when) {
  auto condition = read_glob(reader, node, What::kKey, "key");
  if (condition) when.conditions.push_back(std::move(*condition));
}

void read_prompt(Reader& reader, const yaml::Node& node, When& when) {
  Condition condition;
  condition.what = What::kPrompt;
  condition.written = "prompt";
  if (node.is_mapping()) {
    if (node.find("above") || node.find("below") || node.find("present")) {
      return reader.expected(node, "prompt", "a text, {contains: TEXT} or {matches: REGEX}");
    }
    return read_tests(reader, node, std::move(condition), when);
  }
  if (!node.is_scalar() || node.scalar.empty()) {
    return reader.expected(node, "prompt", "a text it contains, or {matches: REGEX}");
  }
  condition.test.kind = Test::Kind::kContains;
  condition.test.text = node.scalar;
  condition.test.value = node.scalar;
  condition.written += ": " + shown(node);
  when.conditions.push_back(std::move(condition));
}

// `a.b[0].c` into steps; nullopt when it is not written so.
std::optional<std::vector<Step>> steps_of(std::string_view path) {
  constexpr std::size_t kMostDigits = 6;
  std::vector<Step> steps;
  bool after_point = true;  // a name must follow
  while (!path.empty()) {
    if (path.front() == '[') {
      const std::size_t end = path.find(']');
      if (end == std::string_view::npos || end < 2 || end > kMostDigits + 1) return std::nullopt;
      std::size_t index = 0;
      for (const char c : path.substr(1, end - 1)) {
        if (c < '0' || c > '9') return std::nullopt;
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      if (after_point && !steps.empty()) return std::nullopt;
      steps.emplace_back(index);
      path.remove_prefix(end + 1);
      after_point = false;
    } else if (path.front() == '.') {
      if (after_point) return std::nullopt;
      path.remove_prefix(1);
      after_point = true;
    } else {
      if (!after_point) return std::nullopt;
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      steps.emplace_back(std::string(path.substr(0, end)));
      path.remove_prefix(end);
      after_point = false;
    }
  }
  if (after_point) return std::nullopt;
  return steps;
}

void read_body(Reader& reader, const yaml::Node& node, When& when) {
  if (!node.is_mapping() || node.entries.empty()) {
    return reader.expected(node, "body", "fields such as {num_images: 2, \"loras[0].scale\": 1}");
  }
  for (const auto& [key, value] : node.entries) {
    Condition condition;
    condition.what = What::kBody;
    condition.name = key.scalar;
    condition.written = "body." + key.scalar;
    if (auto steps = steps_of(key.scalar)) {
      condition.path = std::move(*steps);
      read_tests(reader, value, std::move(condition), when);
    } else {
      reader.problem(key.at, in_quotes(key.scalar) + " is not a path: write it as a.b[0].c");
    }
  }
}

void read_named(Reader& reader, const yaml::Node& node, What what, std::string_view key,
                When& when) {
  if (!node.is_mapping() || node.entries.empty()) {
    return reader.expected(node, key, "names and values, such as {name: value}");
  }
  for (const auto& [name, value] : node.entries) {
    Condition condition;
    condition.what = what;
    condition.name = what == What::kHeader ? lower_case(name.scalar) : name.scalar;
    condition.written = std::string(key) + "." + name.scalar;
    if (value.is_mapping() || value.is_scalar()) {
      read_tests(reader, value, std::move(condition), when);
    } else {
      reader.expected(value, name.scalar, kTestForms);
    }
  }
}

void read_header(Reader& reader, const yaml::Node& node, When& when) {
  read_named(reader, node, What::kHeader, "header", when);
}

void read_query(Reader& reader, const yaml::Node& node, When& when) {
  read_named(reader, node, What::kQuery, "query", when);
}

void read_between(Reader& reader, const yaml::Node& node, When& when) {
  if (!node.is_sequence() || node.items.size() != 2) {
    return reader.expected(node, "between", "two durations such as [10m, 20m]");
  }
  const auto from = reader.duration(node.items[0], "between");
  const auto to = reader.duration(node.items[1], "between");
  if (!from || !to) return;
  if (*from >= *to) {
    return reader.problem(node.at, "\"between\": the second time must be after the first");
  }
  Condition condition;
  condition.what = What::kBetween;
  condition.from = *from;
  condition.to = *to;
  condition.written = "between: " + shown(node);
  when.conditions.push_back(std::move(condition));
}

void read_nth(Reader& reader, const yaml::Node& node, When& when) {
  when.counting.nth = reader.whole(node, "nth", 1, UINT64_MAX);
}
void read_every(Reader& reader, const yaml::Node& node, When& when) {
  when.counting.every = reader.whole(node, "every", 1, UINT64_MAX);
}
void read_first(Reader& reader, const yaml::Node& node, When& when) {
  when.counting.first = reader.whole(node, "first", 0, UINT64_MAX);
}
void read_after(Reader& reader, const yaml::Node& node, When& when) {
  when.counting.after = reader.whole(node, "after", 0, UINT64_MAX);
}
void read_chance(Reader& reader, const yaml::Node& node, When& when) {
  when.counting.chance = reader.percent(node, "chance");
}

// ---- the table

Json on_schema() { return one_of_texts(on_words()); }
Json prompt_schema() {
  Json tests =
      object_schema({{"contains", {{"type", "string"}}}, {"matches", {{"type", "string"}}}});
  return {{"anyOf", Json::array({scalar_schema(), std::move(tests)})}};
}
Json fields_schema() {
  return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", reference("test")}};
}
Json nth_schema() { return whole_schema(1); }
Json first_schema() { return whole_schema(0); }
Json chance_schema() { return reference("percentage"); }
Json between_schema() {
  return {{"type", "array"}, {"items", reference("duration")}, {"minItems", 2}, {"maxItems", 2}};
}
Json glob_schema() { return {{"type", "string"}, {"minLength", 1}}; }
Json path_schema() {
  Json tests =
      object_schema({{"contains", {{"type", "string"}}}, {"matches", {{"type", "string"}}}});
  tests["minProperties"] = 1;
  return {{"anyOf", Json::array({glob_schema(), std::move(tests)})}};
}

// `provider` is read before the others, wherever it stands: see read_when.
constexpr WhenKey kWhenKeys[] = {
    {"provider", false, read_provider, glob_schema, "the provider that was asked"},
    {"on", false, read_on, on_schema, "what the request asks for; submit when left out"},
    {"endpoint", false, read_endpoint, glob_schema, "a glob over the model or endpoint id"},
    {"prompt", false, read_prompt, prompt_schema,
     "a text the prompt contains, or {matches: REGEX}"},
    {"body", false, read_body, fields_schema, "fields of the JSON body, by paths such as a.b[0].c"},
    {"header", false, read_header, fields_schema, "header fields, whatever their case"},
    {"query", false, read_query, fields_schema, "query parameters, decoded"},
    {"path", false, read_path, path_schema,
     "a glob over the path of the request, or {contains|matches: ...}"},
    {"key", false, read_key, glob_schema, "a glob over the name of the sandbox"},
    {"between", false, read_between, between_schema, "sandbox time since its start, [from, to["},
    {"nth", true, read_nth, nth_schema, "only the nth request the other conditions hold for"},
    {"every", true, read_every, nth_schema, "each nth of them"},
    {"first", true, read_first, first_schema, "the first so many of them"},
    {"after", true, read_after, first_schema, "all but the first so many of them"},
    {"chance", true, read_chance, chance_schema, "some of them, by chance that a seed repeats"},
};

// Where a condition stands in the order of looking: patterns after everything else.
int cost(const Condition& condition) {
  const int place = static_cast<int>(condition.what);
  return condition.test.kind == Test::Kind::kMatches ? place + 100 : place;
}

}  // namespace

std::span<const WhenKey> when_keys() { return kWhenKeys; }

std::shared_ptr<const When> read_when(Reader& reader, const yaml::Node& node, bool may_count) {
  auto when = std::make_shared<When>();
  reader.about("");
  if (!node.is_mapping()) {
    reader.expected(node, "when", "conditions such as {on: submit, nth: 2}");
    return when;
  }
  if (const yaml::Node* provider = node.find("provider")) {
    read_provider(reader, *provider, *when);
    reader.about(when->provider);
  }
  read_keys(reader, node, "when", kWhenKeys,
            [&](const WhenKey& row, const yaml::Node& key, const yaml::Node& value) {
              if (row.counts && !may_count) {
                reader.problem(key.at, in_quotes(row.name) + " cannot be used here: requests are " +
                                           "counted by \"times\"");
              } else if (row.read != read_provider) {
                row.read(reader, value, *when);
              }
            });
  std::stable_sort(when->conditions.begin(), when->conditions.end(),
                   [](const Condition& a, const Condition& b) { return cost(a) < cost(b); });
  return when;
}

}  // namespace emulator::scenario
