#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// One request, as far as conditions can look at it. Views; nothing is kept.
struct Occasion {
  std::string_view provider;
  On on = On::kSubmit;
  std::string_view endpoint;
  std::string_view prompt;
  const Json* body = nullptr;   // parsed JSON body, if there is one
  const Json* input = nullptr;  // of a submission, with defaults: for what the body does not say
  const http::Headers* headers = nullptr;
  std::string_view path;     // inside the provider, a prefix taken off
  std::string_view query;    // undecoded
  std::string_view sandbox;  // its name
  Duration age{0};           // sandbox time since its start
};

// How often each rule of one scenario has matched in one sandbox. Reset by assigning a new one.
struct Counters {
  std::vector<std::uint64_t> met;       // by rule: occasions for which all but counting held
  std::vector<std::uint64_t> fired;     // by rule: occasions it decided
  std::vector<std::uint64_t> expected;  // by expectation: requests that met it
  // By provider and kind of request: occasions no rule decided, so that they draw chance too.
  std::map<std::string, std::array<std::uint64_t, 9>, std::less<>> by_default;
};

// Why a rule did not decide: the first condition that failed.
struct Miss {
  std::size_t rule = 0;
  std::string condition;  // `prompt: beach`, `nth: 2 (this was 1)`
};

struct Decision {
  Then then;                       // merged from the deciding rule(s); spans not yet drawn
  std::vector<std::size_t> rules;  // those that decided, in order; empty: by default
  std::uint64_t nth = 0;           // which match of the first deciding rule this was
  std::vector<Miss> misses;        // only when asked for, at most 8
  double chance = -1;              // percent drawn, where that rule has `chance`; else -1
  std::uint64_t draw_key = 0;      // Draw(draw_key) gives this decision's chance
};

// Decides one request. A pure function of its arguments, but for `counters`, which it advances.
// Chance depends on (seed, sandbox, rule, nth match) alone, so the order in which other requests
// come does not change it. A rule is known by its name, and by its number where it has none.
//
// Every rule counts what it meets, also after an earlier one has decided: `nth: 2` is the second
// such request, whatever else was scripted. On submit, recorded times and `defaults` of the
// scenario, in this order, fill what the rules leave open.
Decision decide(const Scenario& scenario, Counters& counters, std::uint64_t seed,
                const Occasion& occasion, bool explain);

// False when no rule for such requests looks at their bodies, so that those need not be decoded.
bool looks_at_bodies(const Scenario& scenario, std::string_view provider, On on);

// True when `when` holds for the occasion, counting left aside.
bool holds(const When& when, const Occasion& occasion);

}  // namespace emulator::scenario
