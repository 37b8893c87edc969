#include "emulator/pipeline/fate.h"

#include <doctest.h>

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using scenario::Span;
using scenario::Then;

constexpr Duration kLinkLife = 10min;

Span fixed(Duration value) { return {Span::Kind::kFixed, value, value}; }
Span between(Duration low, Duration high) { return {Span::Kind::kRange, low, high}; }

contract::Contract can(std::vector<End> ends) {
  contract::Contract out;
  out.ends = std::move(ends);
  return out;
}

FateAndTrace chosen(const Then& then, const Submission& submission = {}, const Then& defaults = {},
                    const contract::Contract& contract = can({End::kSucceed, End::kFailed,
                                                              End::kNsfw})) {
  return fate_of(then, defaults, submission, contract, kLinkLife, Draw(7));
}

}  // namespace

TEST_CASE("where nobody says anything, a task succeeds at once and its links live as usual") {
  const auto [fate, trace] = chosen({});
  CHECK(fate.end == End::kSucceed);
  CHECK(fate.queued_for == 0s);
  CHECK(fate.running_for == 0s);
  CHECK(fate.polls == 0);
  CHECK(fate.links_live_for == kLinkLife);
  CHECK(fate.script == nullptr);
  CHECK(trace.note == "");
  CHECK(trace.drawn.empty());
}

TEST_CASE("a rule goes before the scenario's defaults") {
  Then defaults, then;
  defaults.queue = fixed(1s);
  defaults.run = fixed(2s);
  then.run = fixed(5s);
  const Fate fate = chosen(then, {}, defaults).fate;
  CHECK(fate.queued_for == 1s);
  CHECK(fate.running_for == 5s);
}

TEST_CASE("what chance decides is a function of the draw, and is noted") {
  Then then;
  then.queue = between(1s, 2s);
  then.run = fixed(3s);
  then.links_live = between(1min, 2min);
  const auto [fate, trace] = chosen(then);
  CHECK(fate.queued_for >= 1s);
  CHECK(fate.queued_for <= 2s);
  REQUIRE(trace.drawn.size() == 2);
  CHECK(std::string(trace.drawn[0].what) == "queue");
  CHECK(trace.drawn[0].value == fate.queued_for);
  CHECK(std::string(trace.drawn[1].what) == "links_live");
  CHECK(trace.drawn[1].value == fate.links_live_for);
  CHECK(chosen(then).fate.queued_for == fate.queued_for);
  CHECK(fate_of(then, {}, {}, can({}), kLinkLife, Draw(8)).fate.queued_for != fate.queued_for);
}

TEST_CASE("the life of links: a rule, then the submitter, then the scenario, then the provider") {
  Then ruled, defaults;
  ruled.links_live = fixed(1min);
  defaults.links_live = fixed(2min);
  Submission asks;
  asks.links_live = 3min;
  CHECK(chosen(ruled, asks, defaults).fate.links_live_for == 1min);
  CHECK(chosen({}, asks, defaults).fate.links_live_for == 3min);
  CHECK(chosen({}, {}, defaults).fate.links_live_for == 2min);
  CHECK(chosen({}, {}).fate.links_live_for == kLinkLife);
}

TEST_CASE("nobody polls a task whose submitter is waiting for it") {
  Then then;
  then.polls = 3;
  CHECK(chosen(then).fate.polls == 3);
  Submission waits;
  waits.wait = 60s;
  CHECK(chosen(then, waits).fate.polls == 0);
}

TEST_CASE("an end the provider does not have is left out, or becomes the nearest") {
  struct Row {
    const char* name;
    End wanted;
    std::vector<End> ends;
    End end;
    const char* note;
  };
  const Row rows[] = {
      {"there", End::kFailed, {End::kSucceed, End::kFailed}, End::kFailed, ""},
      {"not there",
       End::kFailed,
       {End::kSucceed},
       End::kSucceed,
       "this provider has no failed, so it was left out"},
      {"no flag, but moderation",
       End::kNsfw,
       {End::kSucceed, End::kOutputModerated},
       End::kOutputModerated,
       ""},
      {"neither",
       End::kNsfw,
       {End::kSucceed},
       End::kSucceed,
       "this provider has no nsfw, so it was left out"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Then then;
    then.end = row.wanted;
    const auto [fate, trace] = chosen(then, {}, {}, can(row.ends));
    CHECK(fate.end == row.end);
    CHECK(trace.note == row.note);
  }
}

TEST_CASE("what acts later is kept with the task, and what it has no place for is noted") {
  Then then;
  then.nsfw = {true};
  then.error = scenario::TaskError{};
  then.error->type = "timeout";
  const auto [fate, trace] = chosen(then, {}, {}, can({End::kSucceed}));
  REQUIRE(fate.script);
  CHECK(fate.script->nsfw == std::vector<bool>{true});
  CHECK(trace.note ==
        "this provider's errors have no type, so it was left out; "
        "this provider flags no pictures, so nsfw was left out");
}

TEST_CASE("a webhook that comes early tells of a task that has ended") {
  Then then;
  then.queue = fixed(5s);
  then.run = fixed(5s);
  then.webhook = scenario::WebhookTrouble{};
  then.webhook->early = true;
  CHECK(chosen(then).fate.running_for == 5s);  // nobody asked to be told
  Submission asks;
  asks.webhook = WebhookAsk{};
  const Fate fate = chosen(then, asks).fate;
  CHECK(fate.queued_for == 0s);
  CHECK(fate.running_for == 0s);
}

TEST_CASE("a doomed submission fails at once, whatever the scenario says") {
  Then then;
  then.run = fixed(5s);
  then.end = End::kNsfw;
  Submission doomed;
  doomed.doomed = End::kFailed;
  const Fate fate = chosen(then, doomed).fate;
  CHECK(fate.end == End::kFailed);
  CHECK(fate.running_for == 0s);
}

}  // namespace emulator::test
