// Patterns of a scenario: how much may be compiled, and that nothing is compiled beyond.
#include <doctest.h>

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/scenario/scenario.h"
#include "tests/support/cpu_time.h"

namespace emulator::test {
namespace {

std::string scenario_with(int rules, const std::string& pattern) {
  std::string out = "name: t\nrules:\n";
  for (int i = 0; i < rules; ++i)
    out += "- {when: {prompt: {matches: '" + pattern + std::to_string(i) + "'}}, then: {}}\n";
  return out;
}

}  // namespace

TEST_CASE("patterns that take too much are refused once, at the place where they do") {
  const auto loaded = scenario::load("s.yaml", scenario_with(800, "\\pL{50}"), {});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().size() == 1);
  CHECK(loaded.error().front().text ==
        "the patterns up to here take more than 4194304 bytes once they are compiled: write fewer "
        "or simpler ones, or raise --max-scenario-patterns");
  CHECK(loaded.error().front().at.line > 3);
}

// Compiling them all takes nine seconds of an optimized build.
TEST_CASE(
    "what is not compiled costs nothing: hostile patterns take little more time than others") {
  const double usual =
      least_cpu([] { CHECK(scenario::load("s.yaml", scenario_with(800, "a"), {})); });
  for (const char* const pattern : {"\\pL{50}", "(\\pL{100}){9}"}) {
    CAPTURE(pattern);
    const double hostile =
        least_cpu([&] { CHECK_FALSE(scenario::load("s.yaml", scenario_with(800, pattern), {})); });
    CHECK(hostile < usual + 0.5);
  }
}

TEST_CASE("a thousand usual patterns fit; the limit is the user's to set") {
  CHECK(scenario::load("s.yaml", scenario_with(1'000, "^a (red|green) .*apple [0-9]+ "), {}));
  scenario::Vocabulary vocabulary;
  vocabulary.limits.pattern_bytes = 10'000;
  const auto refused = scenario::load("s.yaml", scenario_with(1'000, "^a red .*apple"), vocabulary);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().front().text.find("10000 bytes") != std::string::npos);
  vocabulary.limits.bytes = 2'000;
  const auto long_one = scenario::load("s.yaml", scenario_with(100, "a"), vocabulary);
  REQUIRE_FALSE(long_one);
  CHECK(long_one.error().front().text.find("too large") != std::string::npos);
}

TEST_CASE("a condition of a verify call has less room, since its caller waits on the loop") {
  const Json when = {{"prompt", {{"matches", "\\pL{4}"}}}};
  const auto one = scenario::load_when(when, {});
  INFO((one ? std::string() : one.error()));
  CHECK(static_cast<bool>(one));
  Json many = when;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"})
    many["header"][name] = {{"matches", "\\pL{4}"}};
  const auto two = scenario::load_when(many, {});
  REQUIRE_FALSE(two);
  CHECK(two.error().find("more than 524288 bytes") != std::string::npos);
  CHECK(two.error().find("--max-scenario-patterns") == std::string::npos);
}

TEST_CASE("words that were looked up are those of the providers, on any thread") {
  int asked = 0;
  const scenario::ProviderWords bfl{"bfl", {"flux-dev"}, {"failed"}, {"rate_limited"}, {}, true};
  scenario::Vocabulary vocabulary;
  vocabulary.providers = {"bfl", "fal"};
  vocabulary.words = [&](std::string_view name) {
    ++asked;
    return name == "bfl" ? &bfl : nullptr;
  };
  const scenario::Vocabulary known = scenario::looked_up(vocabulary);
  CHECK(asked == 2);
  REQUIRE(known.words("bfl") != nullptr);
  CHECK(known.words("bfl")->endpoints == bfl.endpoints);
  CHECK(known.words("fal") == nullptr);
  CHECK(asked == 2);
}

}  // namespace emulator::test
