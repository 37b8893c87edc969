#include "emulator/app/hunt_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/scenario/values.h"

namespace emulator::hunt {
namespace {

Json json_from(const std::string& yaml_text) {
  const auto node = yaml::load(yaml_text);
  return node ? scenario::json_of(*node) : Json::object();
}

Json mapping_from(const std::string& inner) { return json_from("{ " + inner + " }"); }

Rule rule_for(const judge::Outcome& outcome, const std::string& provider, std::uint64_t nth) {
  Rule out;
  out.outcome = outcome.name;
  out.provider = provider;
  out.on = outcome.on;
  out.transient = outcome.transient;
  Json when = {{"provider", provider}, {"on", to_string(outcome.on)}};
  if (nth > 1)
    when["nth"] = nth;
  else if (outcome.by_count)
    when["first"] = 1;
  else
    when.update(mapping_from(outcome.when));
  out.rule = {{"when", std::move(when)}, {"then", mapping_from(outcome.then)}};
  if (!outcome.also.empty()) out.also.push_back(json_from(outcome.also));
  return out;
}

// Plain where a plain text is read as the same text again.
bool is_plain(const std::string& text) {
  static const std::set<std::string> kOthers = {"true", "false", "null"};
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/' || c == '%';
  };
  if (text.empty() || kOthers.contains(lower_case(text))) return false;
  if (!std::all_of(text.begin(), text.end(), fits)) return false;
  const char first = text.front();
  const bool digit = first >= '0' && first <= '9';
  // What begins with a digit is a duration or a share unless it is a number.
  const bool number = text.find_first_not_of("0123456789.eE-") == std::string::npos;
  return first != '-' && first != '.' && first != '%' && (!digit || !number);
}

std::string flow_text(const Json& value) {
  if (value.is_object()) {
    std::string out;
    for (const auto& [name, one] : value.items())
      out += (out.empty() ? " " : ", ") + (is_plain(name) ? name : Json(name).dump()) + ": " +
             flow_text(one);
    return out.empty() ? "{}" : "{" + out + " }";
  }
  if (value.is_array()) {
    std::string out;
    for (const Json& one : value) out += (out.empty() ? "" : ", ") + flow_text(one);
    return "[" + out + "]";
  }
  if (value.is_string() && is_plain(value.get<std::string>())) return value.get<std::string>();
  return value.dump();
}

bool wanted(const std::vector<std::string>& only, const std::string& name) {
  return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

}  // namespace

bool Trial::transient() const {
  return std::all_of(rules.begin(), rules.end(), [](const Rule& one) { return one.transient; });
}

std::vector<Trial> single_trials(Registry& registry, const Asked& asked,
                                 const std::vector<std::string>& only) {
  std::vector<Trial> firsts, laters;
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const std::string& provider = registry.name(p);
    const auto theirs = asked.find(provider);
    if (theirs == asked.end()) continue;
    for (const judge::Outcome& outcome : judge::outcomes_of(registry.contract(p))) {
      const std::string on(to_string(outcome.on));
      const auto count = theirs->second.find(on);
      if (count == theirs->second.end() || !wanted(only, outcome.name)) continue;
      if (outcome.name == "succeed") continue;  // the fair run was that
      firsts.push_back({outcome.name, provider, on, "first", {rule_for(outcome, provider, 1)}});
      if (count->second > 1)
        laters.push_back({outcome.name,
                          provider,
                          on,
                          "later",
                          {rule_for(outcome, provider, count->second / 2 + 1)}});
    }
  }
  firsts.insert(firsts.end(), laters.begin(), laters.end());
  return firsts;
}

Trial mixture(const std::vector<Trial>& survived, Draw& draw) {
  Trial out;
  out.occasion = "mixture";
  const std::size_t wanted = std::min<std::size_t>(2 + draw.below(3), survived.size());
  std::set<std::size_t> chosen;
  while (chosen.size() < wanted)
    chosen.insert(static_cast<std::size_t>(draw.below(survived.size())));
  for (const std::size_t one : chosen) {
    const Trial& part = survived[one];
    const std::string plus = out.rules.empty() ? "" : "+";
    out.outcome += plus + part.outcome;
    out.provider += plus + part.provider;
    out.on += plus + part.on;
    out.rules.insert(out.rules.end(), part.rules.begin(), part.rules.end());
  }
  return out;
}

std::vector<std::string> outcome_names(Registry& registry) {
  std::set<std::string> names;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const judge::Outcome& one : judge::outcomes_of(registry.contract(p)))
      names.insert(one.name);
  return {names.begin(), names.end()};
}

Result<std::vector<std::string>, std::string> read_only(const std::string& list,
                                                        const std::vector<std::string>& known) {
  std::vector<std::string> out;
  for (const std::string_view part : split(list, ',')) {
    const std::string name(trimmed(part));
    if (name.empty()) continue;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Failure{"no outcome is called \"" + valid_utf8(name) + "\"" +
                     did_you_mean(name, known) + " (`list outcomes` has them)"};
    }
    out.push_back(name);
  }
  return out;
}

std::string scenario_text(const Trial& trial, const Json& base, std::uint64_t seed,
                          const std::string& about) {
  std::string name = trial.occasion == "fair" ? "fair" : trial.outcome;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '+'; }, '-');
  std::string out = "name: hunt-" + name.substr(0, 50) + "\nabout: " + Json(about).dump() +
                    "\nseed: " + std::to_string(seed) + "\n";
  for (const char* key : {"defaults", "recorded_times", "credits"})
    if (base.contains(key)) out += std::string(key) + ": " + flow_text(base[key]) + "\n";
  std::string rules;
  const auto add = [&rules](const Json& rule) { rules += "  - " + flow_text(rule) + "\n"; };
  for (const Rule& one : trial.rules) {
    add(one.rule);
    for (const Json& also : one.also) add(also);
  }
  if (base.contains("rules"))
    for (const Json& rule : base["rules"]) add(rule);
  if (!rules.empty()) out += "rules:\n" + rules;
  for (const char* key : {"expect", "allow"})
    if (base.contains(key)) out += std::string(key) + ": " + flow_text(base[key]) + "\n";
  return out;
}

namespace {

using Breaks = std::function<bool(const std::vector<Rule>&)>;

std::vector<Rule> without(const std::vector<Rule>& rules, std::size_t from, std::size_t count) {
  std::vector<Rule> out;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (i < from || i >= from + count) out.push_back(rules[i]);
  return out;
}

// Delta debugging: halves are left out, then quarters, down to single rules.
std::vector<Rule> fewest(std::vector<Rule> rules, const Breaks& breaks) {
  std::size_t part = rules.size() / 2;
  while (part > 0 && rules.size() > 1) {
    bool smaller = false;
    for (std::size_t from = 0; from < rules.size() && rules.size() > 1;) {
      std::vector<Rule> fewer = without(rules, from, part);
      if (!fewer.empty() && breaks(fewer)) {
        rules = std::move(fewer);
        smaller = true;
      } else {
        from += part;
      }
    }
    if (!smaller || part > rules.size() / 2) part /= 2;
  }
  return rules;
}

}  // namespace

std::vector<Rule> shrunk(std::vector<Rule> rules, const Breaks& breaks) {
  rules = fewest(std::move(rules), breaks);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    while (!rules[i].also.empty()) {
      std::vector<Rule> fewer = rules;
      fewer[i].also.pop_back();
      if (!breaks(fewer)) break;
      rules = std::move(fewer);
    }
    std::vector<std::string> words;
    for (const auto& [name, value] : rules[i].rule["then"].items()) words.push_back(name);
    for (const std::string& name : words) {
      if (rules[i].rule["then"].size() < 2) break;
      std::vector<Rule> fewer = rules;
      fewer[i].rule["then"].erase(name);
      if (breaks(fewer)) rules = std::move(fewer);
    }
  }
  return rules;
}

}  // namespace emulator::hunt
