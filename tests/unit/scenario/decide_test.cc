#include "emulator/scenario/decide.h"

#include <doctest.h>

#include <set>

#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

// Which of the first `count` submissions a rule with these conditions decides: "-x-x".
std::string pattern(const std::string& when, int count, std::uint64_t seed = 7,
                    std::string_view sandbox = "test") {
  World world("rules: [{ name: a, when: {" + when + "}, then: {end: failed} }]");
  world.seed = seed;
  Occasion occasion = submit();
  occasion.sandbox = sandbox;
  std::string out;
  for (int i = 0; i < count; ++i) out += world.ask(occasion).rules.empty() ? '-' : 'x';
  return out;
}

TEST_CASE("the first rule that matches decides") {
  World world(R"(
rules:
  - { when: {prompt: sea}, then: {end: nsfw} }
  - { when: {on: any}, then: {refuse: unavailable} }
)");
  const Decision sea = world.ask(submit("bfl", "the sea"));
  CHECK(sea.then.end == End::kNsfw);
  CHECK_FALSE(sea.then.refuse);
  CHECK(sea.rules == std::vector<std::size_t>{0});
  CHECK(sea.nth == 1);
  const Decision land = world.ask(submit("bfl", "the land"));
  CHECK(land.then.refuse == RefusalKind::kUnavailable);
  CHECK(world.ask(poll("vtrix")).rules == std::vector<std::size_t>{1});
  CHECK(world.counters.met == std::vector<std::uint64_t>{1, 3});
  CHECK(world.counters.fired == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("without a matching rule everything is as by default") {
  World world("defaults: {run: 3s}\nrules: [{ when: {provider: fal}, then: {end: nsfw} }]");
  const Decision decision = world.ask(submit("bfl"));
  CHECK(decision.rules.empty());
  CHECK_FALSE(decision.then.end);
  CHECK(decision.then.run->low == 3s);
  CHECK_FALSE(world.ask(poll("bfl")).then.run);
}

TEST_CASE("recorded times are those of the longest glob that fits the endpoint") {
  const auto fixed = [](Duration time) { return Span{Span::Kind::kFixed, time, Duration(0)}; };
  const Vocabulary known{{"acme", "other"},
                         nullptr,
                         {},
                         std::make_shared<Profiles>(Profiles{
                             {"acme-none", std::nullopt, fixed(1h), "", "acme", {}},
                             {"acme-any", std::nullopt, fixed(2s), "", "acme", {"*"}},
                             {"acme-big", fixed(0s), fixed(9s), "", "acme", {"big-*", "huge"}},
                             {"acme-huge", std::nullopt, fixed(60s), "", "acme", {"huge"}},
                             {"acme-also", std::nullopt, fixed(3s), "", "acme", {"*"}}})};
  const auto loaded = load("f",
                           "recorded_times: true\n"
                           "defaults: { queue: 5s, run: 7s }\n"
                           "rules:\n"
                           "  - { when: { prompt: slow }, then: { run: 3m } }\n"
                           "  - { when: { prompt: counted }, then: { polls: 3 } }\n",
                           known);
  REQUIRE(loaded);
  struct Row {
    const char *provider, *endpoint, *prompt;
    std::optional<Duration> queue, run;
  };
  const Row rows[] = {
      {"acme", "big-1", "a", 0s, 9s},  {"acme", "huge", "a", 5s, 60s},
      {"acme", "small", "a", 5s, 3s},  {"acme", "big-1", "slow", 0s, 3min},
      {"other", "big-1", "a", 5s, 7s}, {"acme", "big-1", "counted", std::nullopt, std::nullopt},
  };
  Counters counters;
  for (const Row& row : rows) {
    CAPTURE(row.provider);
    CAPTURE(row.endpoint);
    CAPTURE(row.prompt);
    Occasion occasion = submit(row.provider, row.prompt);
    occasion.endpoint = row.endpoint;
    const Then then = decide(*loaded->scenario, counters, 7, occasion, false).then;
    CHECK(then.queue.has_value() == row.queue.has_value());
    CHECK(then.run.has_value() == row.run.has_value());
    if (then.queue && row.queue) CHECK(then.queue->low == *row.queue);
    if (then.run && row.run) CHECK(then.run->low == *row.run);
  }
}

TEST_CASE("counting conditions count what the other conditions hold for") {
  struct Row {
    const char* when;
    const char* pattern;
  };
  const Row rows[] = {
      {"nth: 2", "-x----"},
      {"every: 3", "--x--x"},
      {"first: 2", "xx----"},
      {"after: 4", "----xx"},
      {"after: 1, first: 4", "-xxx--"},
      {"every: 2, after: 2", "---x-x"},
      {"chance: 100%", "xxxxxx"},
      {"first: 0", "------"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.when);
    CHECK(pattern(row.when, 6) == row.pattern);
  }
}

TEST_CASE("requests that other conditions turn away do not count") {
  World world("rules: [{ when: {prompt: sea, nth: 2}, then: {end: nsfw} }]");
  CHECK(world.ask(submit("bfl", "sea")).rules.empty());
  CHECK(world.ask(submit("bfl", "land")).rules.empty());
  CHECK(world.ask(poll()).rules.empty());
  CHECK_FALSE(world.ask(submit("bfl", "sea")).rules.empty());
}

TEST_CASE("a rule counts also what an earlier rule decides") {
  World world(R"(
rules:
  - { when: {nth: 1}, then: {refuse: unavailable} }
  - { when: {nth: 2}, then: {end: nsfw} }
)");
  CHECK(world.ask(submit()).then.refuse);
  CHECK(world.ask(submit()).then.end == End::kNsfw);  // the second submission of all
}

TEST_CASE("sandboxes count apart") {
  World world("rules: [{ when: {nth: 1}, then: {end: nsfw} }]");
  Counters other;
  CHECK_FALSE(world.ask(submit()).rules.empty());
  CHECK(world.ask(submit()).rules.empty());
  CHECK_FALSE(decide(*world.scenario, other, 7, submit(), false).rules.empty());
}

TEST_CASE("a sequence stays at its last entry, or starts over") {
  const auto ends = [](const std::string& tail) {
    World world("rules: [{ when: {}, sequence: [{end: failed}, {end: nsfw}, {}]" + tail + " }]");
    std::string out;
    for (int i = 0; i < 7; ++i) {
      const auto end = world.ask(submit()).then.end;
      out += !end ? '-' : *end == End::kNsfw ? 'n' : 'f';
    }
    return out;
  };
  CHECK(ends("") == "fn-----");
  CHECK(ends(", repeat: true") == "fn-fn-f");
}

TEST_CASE("a rule that goes on is completed by later ones") {
  World world(R"(
defaults: {links_live: 9s}
rules:
  - { name: slow, when: {on: any}, then: {run: 5s}, go_on: true }
  - { name: other, when: {provider: fal}, then: {end: failed}, go_on: true }
  - { name: flagged, when: {prompt: sea}, then: {run: 1s, end: nsfw} }
  - { name: never reached, when: {}, then: {links: gone} }
)");
  const Decision decision = world.ask(submit("bfl", "sea"));
  CHECK(decision.rules == std::vector<std::size_t>{0, 2});
  CHECK(decision.then.run->low == 5s);
  CHECK(decision.then.end == End::kNsfw);
  CHECK(decision.then.links_live->low == 9s);
  CHECK_FALSE(decision.then.links);
  CHECK(world.ask(submit("bfl", "land")).rules == std::vector<std::size_t>{0, 3});
  CHECK(world.ask(poll()).rules == std::vector<std::size_t>{0});
}

TEST_CASE("chance is the same again for the same seed, sandbox, rule and count") {
  const std::string once = pattern("chance: 30%", 200);
  CHECK(pattern("chance: 30%", 200) == once);
  CHECK(pattern("chance: 30%", 200, 8) != once);
  CHECK(pattern("chance: 30%", 200, 7, "other") != once);
  const auto hits = std::count(once.begin(), once.end(), 'x');
  CHECK(hits > 40);
  CHECK(hits < 80);
}

TEST_CASE("chance does not depend on what other requests do, nor on where a named rule stands") {
  const std::string alone = pattern("chance: 30%", 50);
  World world(R"(
rules:
  - { when: {on: poll, chance: 50%}, then: {refuse: unavailable} }
  - { name: b, when: {provider: fal, chance: 50%}, then: {end: nsfw} }
  - { name: a, when: {provider: bfl, chance: 30%}, then: {end: failed} }
)");
  std::string mixed;
  for (int i = 0; i < 50; ++i) {
    for (int k = 0; k < i % 3; ++k) static_cast<void>(world.ask(poll()));
    if (i % 2 == 0) static_cast<void>(world.ask(submit("fal")));
    mixed += world.ask(submit("bfl")).rules.empty() ? '-' : 'x';
  }
  CHECK(mixed == alone);
}

TEST_CASE("every decision has chance of its own, the same again") {
  const std::string text = "rules: [{ when: {provider: bfl}, then: {run: 1s..9s} }]";
  World a(text), b(text);
  std::set<std::uint64_t> keys;
  for (int i = 0; i < 20; ++i) {
    for (const char* provider : {"bfl", "fal"}) {
      const Decision decision = a.ask(submit(provider));
      keys.insert(decision.draw_key);
      CHECK(decision.nth == static_cast<std::uint64_t>(i + 1));
      static_cast<void>(b.ask(poll(provider)));  // polls draw nothing from submissions
      CHECK(b.ask(submit(provider)).draw_key == decision.draw_key);
    }
  }
  CHECK(keys.size() == 40);
}

TEST_CASE("the index changes nothing about a decision") {
  const auto scenario = scenario_of(R"(
rules:
  - { when: {provider: fal, on: poll, every: 2}, then: {refuse: unavailable} }
  - { when: {provider: bfl, prompt: sea}, then: {end: nsfw} }
  - { when: {provider: bfl, prompt: lan, endpoint: "flux-?ev"}, then: {end: failed} }
  - { when: {prompt: a, endpoint: "*"}, then: {links: gone}, go_on: true }
  - { when: {endpoint: flux-dev-and-more}, then: {links: gone} }
  - { when: {on: any, every: 3}, then: {delay: 1s}, go_on: true }
  - { when: {provider: bfl, on: any, chance: 50%}, then: {delay: 2s} }
)");
  Scenario plain = *scenario;
  plain.index = nullptr;
  Counters with, without;
  for (int i = 0; i < 100; ++i) {
    Occasion occasion = submit(i % 2 == 0   ? "bfl"
                               : i % 3 == 0 ? "vtrix"
                                            : "fal",
                               i % 5 == 0 ? "the sea" : "land");
    if (i % 4 == 1) occasion.on = On::kPoll;
    if (i % 7 == 1) occasion.endpoint = "";
    const Decision a = decide(*scenario, with, 7, occasion, false);
    const Decision b = decide(plain, without, 7, occasion, i % 2 == 0);
    CHECK(a.rules == b.rules);
    CHECK(a.draw_key == b.draw_key);
    CHECK(a.nth == b.nth);
  }
  CHECK(with.met == without.met);
  CHECK(with.fired == without.fired);
}

TEST_CASE("who asks why is told the first condition that failed") {
  struct Row {
    const char* when;
    const char* miss;
  };
  const Row rows[] = {
      {"prompt: beach", "prompt: beach"},
      {"prompt: {matches: '^x'}", "prompt: {matches: ^x}"},
      {"nth: 2", "nth: 2 (this was 1)"},
      {"every: 3", "every: 3 (this was 1)"},
      {"first: 0", "first: 0 (this was 1)"},
      {"after: 1", "after: 1 (this was 1)"},
      {"chance: 0%", "chance: 0% (drawn 76.2%)"},
      {"provider: fal", "provider: fal (this was bfl)"},
      {"on: poll", "on: poll (this was submit)"},
      {"endpoint: \"*ultra\"", "endpoint: *ultra (this was flux-dev)"},
      {"key: \"ci-*\"", "key: ci-* (this was test)"},
      {"body: {n: {above: 2}}", "body.n: {above: 2}"},
      {"header: {x-a: b}", "header.x-a: b"},
      {"query: {logs: 1}", "query.logs: 1"},
      {"between: [1m, 2m]", "between: [1m, 2m] (this was 0s)"},
      {"prompt: beach, provider: bfl, key: x", "key: x (this was test)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.when);
    World world(std::string("rules: [{ name: r, when: {") + row.when + "}, then: {} }]");
    const Decision decision = world.ask(submit(), true);
    CHECK(decision.rules.empty());
    REQUIRE(decision.misses.size() == 1);
    CHECK(decision.misses[0].rule == 0);
    CHECK(decision.misses[0].condition == row.miss);
  }
}

TEST_CASE("of many rules that did not decide the nearest eight are told") {
  std::string text = "rules:\n";
  for (int i = 0; i < 20; ++i) text += "- { when: {provider: fal}, then: {} }\n";
  text += "- { when: {prompt: beach}, then: {} }\n- { when: {nth: 9}, then: {} }\n";
  World world(text +
              "- { when: {on: submit}, then: {end: nsfw} }\n- { when: {nth: 8}, then: {} }\n");
  const Decision decision = world.ask(submit(), true);
  REQUIRE(decision.misses.size() == 8);
  CHECK(decision.misses[0].rule == 0);
  CHECK(decision.misses[6].rule == 20);
  CHECK(decision.misses[7].rule == 21);
  CHECK(decision.rules == std::vector<std::size_t>{22});
  CHECK(world.ask(submit()).misses.empty());
}

}  // namespace
}  // namespace emulator::scenario
