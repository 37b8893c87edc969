#include "emulator/compare/story.h"

#include <algorithm>
#include <map>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::compare {
namespace {

struct Tale {
  std::string provider, endpoint;
  std::vector<std::string> steps;
};

bool all_equal(const std::vector<std::string>& steps) {
  return std::all_of(steps.begin(), steps.end(),
                     [&](const std::string& one) { return one == steps.front(); });
}

std::string rule_of(const Tale& tale) {
  std::string out = "  - when: { provider: " + tale.provider +
                    ", on: submit, endpoint: " + compact_json(Json(tale.endpoint)) + " }\n";
  if (all_equal(tale.steps)) return out + "    then: { " + tale.steps.front() + " }\n";
  out += "    sequence:\n";
  for (const std::string& step : tale.steps) out += "      - { " + step + " }\n";
  return out;
}

}  // namespace

std::string scenario_of(const std::string& name, const std::vector<Outcome>& outcomes,
                        const Secrets& secrets) {
  std::vector<Tale> tales;
  std::string refusals;
  std::map<std::pair<std::string, On>, std::size_t> asked;  // requests so far, by provider and kind
  for (const Outcome& outcome : outcomes) {
    if (outcome.provider.empty() || !outcome.skipped.empty()) continue;
    const std::string story = secrets.hidden(outcome.story);
    if (outcome.on != On::kSubmit) {
      const std::size_t nth = ++asked[{outcome.provider, outcome.on}];
      if (!story.empty())
        refusals += "  - when: { provider: " + outcome.provider +
                    ", on: " + std::string(to_string(outcome.on)) +
                    ", nth: " + std::to_string(nth) + " }\n" + "    then: { " + story + " }\n";
      continue;
    }
    if (!outcome.decided || outcome.endpoint.empty()) continue;
    auto tale = std::find_if(tales.begin(), tales.end(), [&](const Tale& one) {
      return one.provider == outcome.provider && one.endpoint == outcome.endpoint;
    });
    if (tale == tales.end())
      tale = tales.insert(tales.end(), Tale{outcome.provider, outcome.endpoint, {}});
    tale->steps.push_back(story);
  }
  std::string rules;
  for (const Tale& tale : tales) rules += rule_of(tale);
  rules += refusals;
  std::string clean;
  for (const char c : name.substr(0, 60))
    clean += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
                 ? c
                 : '-';
  return "name: " + (clean.empty() ? "recording" : clean) +
         "\nabout: What the providers did in a recording.\n" +
         (rules.empty() ? "rules: []\n" : "rules:\n" + rules);
}

}  // namespace emulator::compare
