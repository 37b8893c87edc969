#include "emulator/scenario/decide.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "emulator/base/text.h"
#include "emulator/scenario/index.h"

namespace emulator::scenario {
namespace {

// What a rule is called where chance is concerned: moving a named rule changes nothing.
std::uint64_t key_of(const Scenario& scenario, std::size_t rule) {
  const std::string& name = scenario.rules[rule].name;
  return name.empty() ? mixed(rule) : hash_of(name);
}

// The stream of chance of the nth match of something that is called `key`.
Draw draw_of(std::uint64_t seed, std::string_view sandbox, std::uint64_t key, std::string_view use,
             std::uint64_t nth) {
  return Draw::of(hash_of(sandbox, seed) ^ key, use, nth);
}

// The first condition that failed: the number of those that held, and after those of the request
// the counting ones.
struct Look {
  enum class At : std::uint8_t { kOn, kProvider, kCondition, kCounting, kMet };
  At at = At::kMet;
  std::size_t condition = 0;
};

Look look_at(const When& when, const Occasion& occasion) {
  if (when.on && *when.on != occasion.on) return {Look::At::kOn};
  if (!when.provider.empty() && when.provider != occasion.provider) return {Look::At::kProvider};
  for (std::size_t i = 0; i < when.conditions.size(); ++i) {
    if (!holds(when.conditions[i], occasion)) return {Look::At::kCondition, i};
  }
  return {};
}

// ---- counting

double drawn_percent(const Scenario& scenario, std::size_t rule, std::uint64_t seed,
                     const Occasion& occasion, std::uint64_t met) {
  Draw draw = draw_of(seed, occasion.sandbox, key_of(scenario, rule), "chance", met);
  return draw.fraction() * 100;
}

bool counts_in(const Scenario& scenario, std::size_t rule, std::uint64_t seed,
               const Occasion& occasion, std::uint64_t met) {
  const Counting& counting = scenario.rules[rule].when->counting;
  if (counting.nth && met != *counting.nth) return false;
  if (counting.every && met % *counting.every != 0) return false;
  if (counting.first && met > *counting.first) return false;
  if (counting.after && met <= *counting.after) return false;
  return !counting.chance || drawn_percent(scenario, rule, seed, occasion, met) < *counting.chance;
}

std::string counting_miss(const Scenario& scenario, std::size_t rule, std::uint64_t seed,
                          const Occasion& occasion, std::uint64_t met) {
  const Counting& counting = scenario.rules[rule].when->counting;
  const std::string was = " (this was " + std::to_string(met) + ")";
  if (counting.nth && met != *counting.nth) return "nth: " + std::to_string(*counting.nth) + was;
  if (counting.every && met % *counting.every != 0) {
    return "every: " + std::to_string(*counting.every) + was;
  }
  if (counting.first && met > *counting.first) {
    return "first: " + std::to_string(*counting.first) + was;
  }
  if (counting.after && met <= *counting.after) {
    return "after: " + std::to_string(*counting.after) + was;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "chance: %g%% (drawn %.1f%%)",
                counting.chance.value_or(0), drawn_percent(scenario, rule, seed, occasion, met));
  return text.data();
}

// ---- why not

struct Nearly {
  std::size_t rule;
  Look look;
  std::uint64_t met;

  std::size_t held() const {
    return look.at == Look::At::kCounting ? SIZE_MAX
                                          : static_cast<std::size_t>(look.at) + look.condition;
  }
};

// The few rules that came nearest; of equal ones, those that stand first. Asked for with every
// request, so it keeps no more than it needs.
class Nearest {
 public:
  static constexpr std::size_t kMost = 8;

  bool full() const { return size_ == kMost; }

  void add(const Nearly& nearly) {
    if (!full()) {
      rules_[size_++] = nearly;
      return;
    }
    std::size_t least = 0;
    for (std::size_t i = 1; i < kMost; ++i) {
      if (rules_[i].held() <= rules_[least].held()) least = i;
    }
    if (nearly.held() <= rules_[least].held()) return;
    std::move(rules_.begin() + least + 1, rules_.end(), rules_.begin() + least);
    rules_.back() = nearly;
  }

  // In the order of the file.
  std::vector<Nearly> rules() const {
    std::vector<Nearly> out(rules_.begin(), rules_.begin() + size_);
    std::sort(out.begin(), out.end(),
              [](const Nearly& a, const Nearly& b) { return a.rule < b.rule; });
    return out;
  }

 private:
  std::array<Nearly, kMost> rules_{};
  std::size_t size_ = 0;
};

// What a request had where a condition wants something else.
std::string wanted(std::string_view name, std::string_view what, std::string_view was) {
  constexpr std::size_t kShown = 60;
  return joined(
      {name, what, " (this was ", was.substr(0, kShown), was.size() <= kShown ? "" : "...", ")"});
}

std::string miss_text(const Scenario& scenario, const Nearly& nearly, std::uint64_t seed,
                      const Occasion& occasion) {
  const When& when = *scenario.rules[nearly.rule].when;
  if (nearly.look.at == Look::At::kCounting) {
    return counting_miss(scenario, nearly.rule, seed, occasion, nearly.met);
  }
  const Look look = look_at(when, occasion);  // in earnest: a glance says only that it fails
  if (look.at == Look::At::kOn) return wanted("on: ", to_string(*when.on), to_string(occasion.on));
  if (look.at == Look::At::kProvider) return wanted("provider: ", when.provider, occasion.provider);
  const Condition& condition = when.conditions[look.condition];
  if (condition.what == Condition::What::kEndpoint) {
    return wanted(condition.written, "", occasion.endpoint);
  }
  if (condition.what == Condition::What::kPath) {
    return wanted(condition.written, "", occasion.path);
  }
  if (condition.what == Condition::What::kKey) {
    return wanted(condition.written, "", occasion.sandbox);
  }
  if (condition.what == Condition::What::kBetween) {
    return wanted(condition.written, "",
                  emulator::worded(std::chrono::floor<Millis>(occasion.age)));
  }
  return condition.written;
}

std::vector<Miss> told(const Scenario& scenario, const std::vector<Nearly>& rules,
                       std::uint64_t seed, const Occasion& occasion) {
  std::vector<Miss> out;
  out.reserve(rules.size());
  for (const Nearly& one : rules)
    out.push_back({one.rule, miss_text(scenario, one, seed, occasion)});
  return out;
}

// Rules for other requests are worth telling where there is nothing nearer. Looks at those before
// `end`.
void add_others(const Scenario& scenario, const Occasion& occasion, std::size_t end,
                Nearest& nearest) {
  for (std::size_t i = 0; i < end && !nearest.full(); ++i) {
    const When& when = *scenario.rules[i].when;
    if (when.on && *when.on != occasion.on) {
      nearest.add({i, {Look::At::kOn}, 0});
    } else if (!when.provider.empty() && when.provider != occasion.provider) {
      nearest.add({i, {Look::At::kProvider}, 0});
    }
  }
}

// ---- the rules

// Calls `consider` with every rule that the occasion may meet, and `pass` with those that would be
// for it but certainly fail a condition.
template <class Consider, class Pass>
void for_candidates(const Index& index, const Occasion& occasion, const Consider& consider,
                    const Pass& pass) {
  const Index::List& list = index.of(occasion.provider, occasion.on);
  Glance prompt;
  if (list.prompts) prompt.look_at(occasion.prompt);
  const std::uint64_t endpoint = first_bytes(occasion.endpoint);
  for (const Candidate& candidate : list.candidates) {
    const auto [first, last] = candidate.prompt;
    if ((endpoint & candidate.endpoint_mask) != candidate.endpoint ||
        (first != Candidate::kNone && !(prompt.may_have(first) && prompt.may_have(last)))) {
      pass(candidate.rule);
    } else {
      consider(candidate.rule);
    }
  }
}

const Then& step_of(const Rule& rule, std::uint64_t fired) {
  const std::size_t count = rule.steps.size();
  const std::uint64_t step = fired - 1;
  return rule.steps[rule.repeat ? step % count : std::min<std::uint64_t>(step, count - 1)];
}

// No rule fired: these are counted for each provider and kind of request.
void decide_by_default(Counters& counters, std::uint64_t seed, const Occasion& occasion,
                       Decision& decision) {
  const auto place = counters.by_default.try_emplace(std::string(occasion.provider)).first;
  decision.nth = ++place->second[static_cast<std::size_t>(occasion.on)];
  const std::uint64_t key = hash_of(occasion.provider, static_cast<std::uint64_t>(occasion.on));
  decision.draw_key = draw_of(seed, occasion.sandbox, key, "default", decision.nth).next();
}

// What was seen at the endpoint: the profile with the longest glob that fits, the last of several,
// so that a user's own contract wins over the one it is laid over. Null: nobody saw anything.
const Profile* seen_at(const Profiles& profiles, std::string_view provider,
                       std::string_view endpoint) {
  const Profile* closest = nullptr;
  std::size_t length = 0;
  for (const Profile& profile : profiles) {
    if (profile.provider != provider) continue;
    for (const std::string& glob : profile.endpoints) {
      if (glob.size() < length || !glob_matches(glob, endpoint)) continue;
      closest = &profile;
      length = glob.size();
    }
  }
  return closest;
}

void fill_recorded_times(Then& then, const Scenario& scenario, const Occasion& occasion) {
  if (!scenario.recorded) return;
  const Profile* const seen = seen_at(*scenario.recorded, occasion.provider, occasion.endpoint);
  if (seen == nullptr) return;
  Then times;
  times.queue = seen->queue;
  times.run = seen->run;
  then.fill_from(times);
}

}  // namespace

bool looks_at_bodies(const Scenario& scenario, std::string_view provider, On on) {
  return !scenario.index || scenario.index->of(provider, on).bodies;
}

Decision decide(const Scenario& scenario, Counters& counters, std::uint64_t seed,
                const Occasion& occasion, bool explain) {
  const std::size_t count = scenario.rules.size();
  counters.met.resize(count);
  counters.fired.resize(count);
  Decision decision;
  Nearest nearest;
  bool decided = false;

  const auto consider = [&](std::size_t i) {
    const Rule& rule = scenario.rules[i];
    Look look = look_at(*rule.when, occasion);
    std::uint64_t met = 0;
    if (look.at == Look::At::kMet) {
      met = ++counters.met[i];
      if (!decided && rule.when->counting.any() && !counts_in(scenario, i, seed, occasion, met)) {
        look.at = Look::At::kCounting;
      }
    }
    if (decided) return;
    if (look.at == Look::At::kCondition || look.at == Look::At::kCounting) {
      if (explain) nearest.add({i, look, met});
    }
    if (look.at != Look::At::kMet) return;
    const std::uint64_t fired = ++counters.fired[i];
    if (decision.rules.empty()) {
      decision.nth = fired;
      if (rule.when->counting.chance) {
        decision.chance = drawn_percent(scenario, i, seed, occasion, met);
      }
      decision.draw_key =
          draw_of(seed, occasion.sandbox, key_of(scenario, i), "decision", fired).next();
    }
    decision.rules.push_back(i);
    decision.then.fill_from(step_of(rule, fired));
    decided = !rule.go_on;
  };
  const auto pass = [&](std::size_t i) {
    if (explain && !decided) nearest.add({i, {Look::At::kCondition}, 0});
  };

  if (scenario.index) {
    for_candidates(*scenario.index, occasion, consider, pass);
  } else {
    for (std::size_t i = 0; i < count; ++i) consider(i);
  }

  if (decision.rules.empty()) decide_by_default(counters, seed, occasion, decision);
  if (occasion.on == On::kSubmit) {
    fill_recorded_times(decision.then, scenario, occasion);
    decision.then.fill_from(scenario.defaults);
  }
  if (explain) {
    add_others(scenario, occasion, decided ? decision.rules.back() : count, nearest);
    decision.misses = told(scenario, nearest.rules(), seed, occasion);
  }
  return decision;
}

}  // namespace emulator::scenario
