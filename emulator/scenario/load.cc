#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "emulator/base/yaml_pack.h"
#include "emulator/scenario/allow.h"
#include "emulator/scenario/built_in.h"
#include "emulator/scenario/index.h"
#include "emulator/scenario/keys.h"
#include "emulator/scenario/top_keys.h"
#include "emulator/scenario/values.h"
#include "emulator/scenario/warnings.h"

// Reads a scenario file, and the pieces of one that prompts, headers and the control API carry.
namespace emulator::scenario {
namespace {

// A file of a thousand rules has some 25,000 values. Strangers may send one.
constexpr yaml::Limits kFileLimits{1u << 20, 150'000, 32, 256u << 10};
constexpr yaml::Limits kThenLimits{8u << 10, 500, 12, 4u << 10};

// ---- what stands at the top of a file

bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

void read_name(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (node.is_scalar() && is_name(node.scalar)) {
    scenario.name = node.scalar;
  } else {
    reader.expected(node, "name", "letters, digits, \"-\" and \"_\", such as busy-evening");
  }
}

void read_about(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (const auto about = reader.text(node, "about")) scenario.about = *about;
}

void read_seed(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  scenario.seed = reader.whole(node, "seed", 0, UINT64_MAX);
}

void read_credits(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  const auto credits = reader.number(node, "credits");
  if (credits && *credits < 0)
    return reader.expected(node, "credits", "a number that is not negative");
  scenario.credits = credits;
}

void read_defaults(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  reader.about("");
  scenario.defaults = read_then(reader, node, "defaults", default_keys());
}

void read_recorded_times(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (reader.truth(node, "recorded_times").value_or(false))
    scenario.recorded = reader.shared_profiles();
}

// ---- rules

void read_sequence(Reader& reader, const yaml::Node& node, Rule& rule) {
  if (!node.is_sequence() || node.items.empty()) {
    return reader.expected(node, "sequence", "a list of what to do, such as [{end: failed}, {}]");
  }
  for (const yaml::Node& item : node.items) {
    rule.steps.push_back(read_then(reader, item, "sequence", then_keys()));
    warn_meaningless(reader, item, rule.steps.back(), *rule.when);
  }
}

void read_steps(Reader& reader, const yaml::Node& node, Rule& rule) {
  const yaml::Node* then = node.find("then");
  const yaml::Node* sequence = node.find("sequence");
  const yaml::Node* repeat = node.find("repeat");
  if (then && sequence) {
    reader.problem(sequence->at, "a rule has either \"then\" or \"sequence\", not both");
  }
  if (then) {
    rule.steps.push_back(read_then(reader, *then, "then", then_keys()));
    warn_meaningless(reader, *then, rule.steps.back(), *rule.when);
  }
  if (sequence) read_sequence(reader, *sequence, rule);
  if (!then && !sequence) {
    reader.problem(node.at,
                   "a rule needs \"then\" or \"sequence\"; write \"then: {}\" for the default");
  }
  if (repeat) rule.repeat = reader.truth(*repeat, "repeat").value_or(false);
  if (repeat && !sequence) {
    reader.problem(repeat->at, "\"repeat\" belongs beside \"sequence\": leave it out");
  }
}

Rule read_rule(Reader& reader, const yaml::Node& node) {
  static const std::vector<std::string> kKnown{"name",     "when",   "then",
                                               "sequence", "repeat", "go_on"};
  Rule rule;
  rule.at = node.at;
  rule.when = std::make_shared<const When>();
  if (!node.is_mapping()) {
    reader.expected(node, "rules", "rules such as {when: {on: submit}, then: {end: nsfw}}");
    return rule;
  }
  for (const auto& [key, value] : node.entries) {
    if (std::find(kKnown.begin(), kKnown.end(), key.scalar) != kKnown.end()) continue;
    reader.unknown_key(key, "rules", kKnown);
  }
  if (const yaml::Node* name = node.find("name")) {
    rule.name = reader.text(*name, "name").value_or("");
  }
  if (const yaml::Node* when = node.find("when")) {
    rule.when = read_when(reader, *when, true);
  } else {
    reader.problem(node.at, "a rule needs \"when\"; write \"when: {on: any}\" for every request");
  }
  if (const yaml::Node* go_on = node.find("go_on")) {
    rule.go_on = reader.truth(*go_on, "go_on").value_or(false);
  }
  read_steps(reader, node, rule);
  return rule;
}

void read_rules(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (!node.is_sequence()) return reader.expected(node, "rules", "a list of rules");
  // Names tell rules apart, in the journal and where chance is drawn.
  std::unordered_map<std::string, yaml::Mark> names;
  for (const yaml::Node& item : node.items) {
    scenario.rules.push_back(read_rule(reader, item));
    const Rule& rule = scenario.rules.back();
    if (rule.name.empty()) continue;
    const auto [first, added] = names.emplace(rule.name, rule.at);
    if (added) continue;
    reader.problem(item.find("name")->at, "another rule is named " + in_quotes(rule.name) +
                                              ", at " + std::to_string(first->second.line) + ":" +
                                              std::to_string(first->second.column) +
                                              ": give each its own name");
  }
}

// ---- expectations

void read_times(Reader& reader, const yaml::Node& node, Expectation& expectation) {
  struct Row {
    std::string_view name;
    std::uint64_t Expectation::*side;
  };
  static constexpr Row kRows[] = {{"at_least", &Expectation::at_least},
                                  {"at_most", &Expectation::at_most}};
  if (node.is_mapping() && !node.entries.empty()) {
    read_keys(reader, node, "times", kRows,
              [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
                if (const auto count = reader.whole(value, row.name, 0, UINT64_MAX)) {
                  expectation.*row.side = *count;
                }
              });
    if (expectation.at_least > expectation.at_most) {
      reader.problem(node.at, "\"times\": \"at_least\" is more than \"at_most\"");
    }
  } else if (node.is_scalar()) {
    if (const auto count = reader.whole(node, "times", 0, UINT64_MAX)) {
      expectation.at_least = expectation.at_most = *count;
    }
  } else {
    reader.expected(node, "times", "a number, or {at_least: 1, at_most: 3}");
  }
}

Expectation read_expectation(Reader& reader, const yaml::Node& node) {
  static const std::vector<std::string> kKnown{"when", "times"};
  Expectation expectation;
  expectation.at = node.at;
  expectation.at_least = 1;
  expectation.when = std::make_shared<const When>();
  if (!node.is_mapping()) {
    reader.expected(node, "expect", "entries such as {when: {on: submit}, times: 3}");
    return expectation;
  }
  for (const auto& [key, value] : node.entries) {
    if (std::find(kKnown.begin(), kKnown.end(), key.scalar) == kKnown.end()) {
      reader.unknown_key(key, "expect", kKnown);
    }
  }
  if (const yaml::Node* when = node.find("when")) {
    expectation.when = read_when(reader, *when, false);
    expectation.shown = json_of(*when);
  } else {
    reader.problem(node.at, "an expectation needs \"when\": which requests it counts");
  }
  if (const yaml::Node* times = node.find("times")) {
    expectation.at_least = 0;
    read_times(reader, *times, expectation);
  }
  return expectation;
}

void read_expect(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (!node.is_sequence()) {
    return reader.expected(node, "expect", "a list such as [{when: {on: submit}, times: 3}]");
  }
  for (const yaml::Node& item : node.items) {
    scenario.expect.push_back(read_expectation(reader, item));
  }
}

// ---- the file

// For editors alone.
void read_schema(Reader& reader, const yaml::Node& node, Scenario&) {
  reader.text(node, "$schema");
}

constexpr TopKey kTopKeys[] = {
    {"$schema", read_schema, "where an editor finds the JSON Schema; means nothing here"},
    {"name", read_name, "what the scenario is called"},
    {"about", read_about, "one sentence on the story"},
    {"seed", read_seed, "makes chance, ids and pictures the same again; --seed wins"},
    {"defaults", read_defaults, "for every task no rule says otherwise about; queue 0s, run 1s"},
    {"recorded_times", read_recorded_times,
     "queue and run as seen at the real provider, by endpoint; defaults where nobody saw any"},
    {"credits", read_credits, "what the account holds at the start"},
    {"rules", read_rules, "the first that matches decides"},
    {"expect", read_expect, "what must have been asked, counted from the start"},
    {"allow", read_allow, "findings about the client that are not told"},
};

// `scenarios/busy-evening.yaml` is called busy-evening unless it says otherwise.
std::string stem_of(std::string_view file) {
  if (const std::size_t slash = file.find_last_of('/'); slash != std::string_view::npos) {
    file.remove_prefix(slash + 1);
  }
  file = file.substr(0, file.find('.'));
  return is_name(file) ? std::string(file) : "unnamed";
}

std::string joined(const std::vector<yaml::Problem>& problems) {
  std::string text;
  for (const yaml::Problem& problem : problems) text += (text.empty() ? "" : "; ") + problem.text;
  return text;
}

// `tree` is what the text holds.
Result<Loaded, std::vector<yaml::Problem>> loaded(std::string file, std::string text,
                                                  const yaml::Node& tree,
                                                  const Vocabulary& vocabulary, Files files) {
  Reader reader(&vocabulary, files);
  auto scenario = std::make_shared<Scenario>();
  scenario->name = stem_of(file);
  if (tree.is_mapping()) {
    read_keys(reader, tree, "", kTopKeys,
              [&](const TopKey& row, const yaml::Node&, const yaml::Node& value) {
                row.read(reader, value, *scenario);
              });
  } else {
    reader.problem(tree.at, "a scenario is a mapping with \"name\", \"rules\" and the like, not " +
                                kind_of(tree));
  }
  if (reader.failed()) return Failure{reader.problems()};
  scenario->defaults.fill_from(usual_defaults());
  warn_never(reader, *scenario);
  scenario->file = std::move(file);
  scenario->text = std::move(text);
  scenario->index = std::make_shared<const Index>(index_of(scenario->rules));
  return Loaded{std::move(scenario), reader.warnings()};
}

}  // namespace

std::span<const TopKey> top_keys() { return kTopKeys; }

Result<Loaded, std::vector<yaml::Problem>> load(std::string file, std::string text,
                                                const Vocabulary& vocabulary, Files files) {
  yaml::Limits limits = kFileLimits;
  limits.bytes = vocabulary.limits.bytes;
  const auto tree = yaml::load(text, limits);
  if (!tree) return Failure{std::vector<yaml::Problem>{tree.error()}};
  return loaded(std::move(file), std::move(text), *tree, vocabulary, files);
}

Result<Loaded, std::vector<yaml::Problem>> load_packed(std::string file, std::string text,
                                                       std::string_view packed,
                                                       const Vocabulary& vocabulary) {
  const yaml::Node tree = yaml::unpacked(packed, 0).value_or(yaml::Node());
  return loaded(std::move(file), std::move(text), tree, vocabulary, Files::kRefused);
}

Vocabulary looked_up(const Vocabulary& vocabulary) {
  using Known = std::map<std::string, ProviderWords, std::less<>>;
  const auto known = std::make_shared<Known>();
  for (const std::string& provider : vocabulary.providers)
    if (const ProviderWords* words = vocabulary.words ? vocabulary.words(provider) : nullptr)
      known->emplace(provider, *words);
  Vocabulary out = vocabulary;
  out.words = [known = std::shared_ptr<const Known>(known)](std::string_view provider) {
    const auto found = known->find(provider);
    return found == known->end() ? nullptr : &found->second;
  };
  return out;
}

Result<Then, std::string> load_then(std::string_view text, const Vocabulary& vocabulary) {
  std::string inner(trimmed(text));
  if (!inner.starts_with('{') || !inner.ends_with('}')) {
    // After a comment, the closing brace needs a line of its own.
    const bool comment = inner.find('#') != std::string::npos;
    inner = "{" + inner + (comment ? "\n}" : "}");
  }
  const auto tree = yaml::load(inner, kThenLimits);
  if (!tree) return Failure{tree.error().text};
  Vocabulary profiles;
  profiles.profiles = vocabulary.profiles;
  Reader reader(&profiles);
  Then then = read_then(reader, *tree, "then", then_keys());
  if (reader.failed()) return Failure{joined(reader.problems())};
  return then;
}

Result<std::shared_ptr<const When>, std::string> load_when(const Json& when,
                                                           const Vocabulary& vocabulary) {
  constexpr std::size_t kPatterns = 512u << 10;
  Reader reader(&vocabulary);
  reader.limit_patterns(kPatterns);
  std::shared_ptr<const When> read = read_when(reader, node_of(when), false);
  if (reader.failed()) return Failure{joined(reader.problems())};
  return read;
}

}  // namespace emulator::scenario
