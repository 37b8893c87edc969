#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/judge/outcomes.h"
#include "emulator/pipeline/registry.h"

// Which trials a hunt makes: scenarios, each a few rules that bring outcomes about.
namespace emulator::hunt {

// One rule of a trial, and what it brings about.
struct Rule {
  Json rule;  // as a scenario file has it
  std::string outcome, provider;
  On on = On::kSubmit;
  bool transient = false;
  std::vector<Json> also;  // rules without which it has no meaning
};

struct Trial {
  std::string outcome, provider, on;  // of a mixture: joined by "+"; "fair" for the first
  std::string occasion;               // fair, first, later, mixture
  std::vector<Rule> rules;

  // A good client gets through all of it.
  bool transient() const;
};

// How often the command asked for what, by provider and word of `on`.
using Asked = std::map<std::string, std::map<std::string, std::uint64_t>>;

// The outcomes that the requests can meet, once on the first and once on a later occasion; only
// those named, unless `only` is empty. The same in the same order each time.
std::vector<Trial> single_trials(Registry& registry, const Asked& asked,
                                 const std::vector<std::string>& only);
// Two to four of what was survived one by one, drawn.
Trial mixture(const std::vector<Trial>& survived, Draw& draw);

// Names that `--only` knows. The failure names one that it does not, with the nearest that it does.
std::vector<std::string> outcome_names(Registry& registry);
Result<std::vector<std::string>, std::string> read_only(const std::string& list,
                                                        const std::vector<std::string>& known);

// The text of a scenario file: the base's defaults and rules behind those of the trial.
std::string scenario_text(const Trial& trial, const Json& base, std::uint64_t seed,
                          const std::string& about);

// Fewest rules, with fewest words, for which `breaks` still holds; it holds for `rules`. `breaks`
// is asked one time after the other, and may answer no for want of time.
std::vector<Rule> shrunk(std::vector<Rule> rules,
                         const std::function<bool(const std::vector<Rule>&)>& breaks);

}  // namespace emulator::hunt
