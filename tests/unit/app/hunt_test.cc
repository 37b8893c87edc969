#include <doctest.h>

#include <algorithm>
#include <set>

#include "emulator/app/hunt_plan.h"
#include "emulator/app/hunt_report.h"
#include "emulator/base/json_text.h"

namespace emulator::hunt {
namespace {

Asked everything(Registry& registry, std::uint64_t times) {
  Asked out;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const auto& on : kOnWords) out[registry.name(p)][std::string(on.text)] = times;
  return out;
}

Rule named(const std::string& name) {
  Rule out;
  out.outcome = name;
  out.rule = {{"when", {{"on", "submit"}}}, {"then", {{"end", "failed"}}}};
  return out;
}

std::vector<Rule> rules_of(const std::string& names) {
  std::vector<Rule> out;
  for (const char name : names) out.push_back(named(std::string(1, name)));
  return out;
}

std::string names_of(const std::vector<Rule>& rules) {
  std::string out;
  for (const Rule& one : rules) out += one.outcome;
  return out;
}

}  // namespace

TEST_CASE("every outcome of every provider is a scenario that can be read and has a meaning") {
  Registry registry(built_in_providers());
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  const std::vector<Trial> trials = single_trials(registry, everything(registry, 5), {});
  CHECK(trials.size() > 300);
  for (const Trial& trial : trials) {
    const std::string text = scenario_text(trial, Json::object(), 7, "a trial");
    CAPTURE(text);
    const auto loaded = scenario::load("trial.yaml", text, vocabulary);
    if (!loaded) FAIL_CHECK(loaded.error().front().text);
    if (loaded) CHECK(loaded->warnings.empty());
    if (loaded) CHECK(loaded->scenario->rules.size() >= 1);
  }
}

TEST_CASE("the plan has the first occasion of everything before any later one, in one order") {
  Registry registry(built_in_providers());
  const Asked asked = {{"bfl", {{"submit", 3}, {"poll", 1}}}};
  const std::vector<Trial> plan = single_trials(registry, asked, {});
  const auto later = std::find_if(plan.begin(), plan.end(),
                                  [](const Trial& one) { return one.occasion == "later"; });
  REQUIRE(later != plan.end());
  for (auto one = plan.begin(); one != later; ++one) CHECK(one->occasion == "first");
  for (auto one = later; one != plan.end(); ++one) {
    CHECK(one->occasion == "later");
    CHECK(one->on == "submit");
    CHECK(one->rules.front().rule["when"]["nth"] == 2);
  }
  for (const Trial& one : plan) CHECK((one.on == "submit" || one.on == "poll"));
  const std::vector<Trial> again = single_trials(registry, asked, {});
  REQUIRE(again.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i)
    CHECK(again[i].rules.front().rule == plan[i].rules.front().rule);
  const std::vector<Trial> few = single_trials(registry, asked, {"lost", "failed"});
  CHECK(few.size() == 5);
}

TEST_CASE("what is final and what is not depends on what the provider has") {
  Registry registry(built_in_providers());
  struct Row {
    const char* provider;
    const char* outcome;
    On on;
    bool transient;
  };
  constexpr Row kRows[] = {
      {"bfl", "lost", On::kSubmit, false},       // neither idempotency keys nor a list
      {"wavespeed", "lost", On::kSubmit, true},  // has a list of predictions
      {"apiframe", "lost", On::kSubmit, true},   // has idempotency keys
      {"bfl", "lost", On::kPoll, true},
      {"bfl", "rate_limited", On::kSubmit, true},
      {"bfl", "out_of_credit", On::kSubmit, false},
      {"fal", "output_moderated", On::kSubmit, false},
      {"fal", "truncated", On::kDownload, true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.provider);
    CAPTURE(row.outcome);
    bool seen = false;
    for (const judge::Outcome& one :
         judge::outcomes_of(registry.contract(*registry.find(row.provider)))) {
      if (one.name != row.outcome || one.on != row.on) continue;
      seen = true;
      CHECK(one.transient == row.transient);
    }
    CHECK(seen);
  }
}

TEST_CASE("mixtures follow from the seed, and are made of two to four different outcomes") {
  Registry registry(built_in_providers());
  const std::vector<Trial> from = single_trials(registry, {{"fal", {{"submit", 1}}}}, {});
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 50; ++i) {
    Draw one = Draw::of(5, "hunt", i), same = Draw::of(5, "hunt", i);
    const Trial a = mixture(from, one), b = mixture(from, same);
    CHECK(a.outcome == b.outcome);
    CHECK(a.rules.size() >= 2);
    CHECK(a.rules.size() <= 4);
    std::set<std::string> names;
    for (const Rule& rule : a.rules) names.insert(rule.outcome);
    CHECK(names.size() == a.rules.size());
    seen.insert(a.outcome);
  }
  CHECK(seen.size() > 40);
}

TEST_CASE("what breaks is shrunk to the fewest rules that still break it") {
  struct Row {
    const char* rules;
    const char* needed;  // all of these together break it
  };
  constexpr Row kRows[] = {
      {"abcd", "c"}, {"abcd", "ad"}, {"abcdefgh", "h"}, {"abcdefgh", "aceg"},
      {"ab", "ab"},  {"a", "a"},     {"abcde", "bcd"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.rules);
    CAPTURE(row.needed);
    int asked = 0;
    const auto out = shrunk(rules_of(row.rules), [&](const std::vector<Rule>& rules) {
      ++asked;
      const std::string names = names_of(rules);
      return std::all_of(row.needed, row.needed + std::string(row.needed).size(),
                         [&](char c) { return names.find(c) != std::string::npos; });
    });
    CHECK(names_of(out) == row.needed);
    CHECK(asked < 60);
  }
}

TEST_CASE("words of a rule that are not needed are left out, and rules that only help") {
  Rule rule = named("rate_limited");
  rule.rule["then"] = {{"refuse", "rate_limited"}, {"retry_after", "2s"}, {"delay", "1s"}};
  rule.also.push_back({{"when", {{"on", "poll"}}}, {"then", Json::object()}});
  const auto out = shrunk({rule}, [](const std::vector<Rule>& rules) {
    return rules.front().rule["then"].contains("retry_after");
  });
  REQUIRE(out.size() == 1);
  CHECK(out.front().rule["then"] == Json({{"retry_after", "2s"}}));
  CHECK(out.front().also.empty());
}

TEST_CASE("an outcome that nobody knows is named, with the nearest that is") {
  const auto read = read_only("lost, rate-limited", {"lost", "rate_limited"});
  REQUIRE(!read);
  CHECK(read.error().find("\"rate-limited\"") != std::string::npos);
  CHECK(read.error().find("did you mean \"rate_limited\"?") != std::string::npos);
  CHECK(*read_only(" lost,rate_limited ", {"lost", "rate_limited"}) ==
        std::vector<std::string>{"lost", "rate_limited"});
}

TEST_CASE("the page of a hunt fetches nothing, runs nothing, and shows text as text") {
  Hunt hunt;
  hunt.command = "node <script>alert(1)</script>";
  hunt.folder = "out";
  Judgement one;
  one.trial.outcome = "lost";
  one.verdict = Verdict::kMisbehaved;
  one.output = "</pre><img src=x onerror=alert(1)>\n\x1b[31m";
  one.findings.push_back({{"code", "paid-twice"}, {"severity", "error"}, {"what", "a < b & c"}});
  one.file = "1-lost.yaml";
  hunt.trials.push_back(one);
  const std::string page = report_html(hunt);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("src=\"") == std::string::npos);
  CHECK(page.find("href") == std::string::npos);
  CHECK(page.find("a &lt; b &amp; c") != std::string::npos);
  CHECK(page.find("run --scenario out/1-lost.yaml -- node &lt;script&gt;") != std::string::npos);
  const Json told = report_json(hunt);
  CHECK(told["trials"][0]["verdict"] == "misbehaved");
  CHECK(told["trials"][0]["file"] == "1-lost.yaml");
  CHECK(found_anything(hunt));
}

}  // namespace emulator::hunt
