#include <doctest.h>

#include "tests/unit/scenario/support.h"

// What the language says of one provider's errors, of paths, and of what goes without saying.
namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

struct Told {
  const char* name;
  std::string text;
  const char* told;
};

std::string rule(const std::string& when, const std::string& then) {
  return "rules: [{ when: {" + when + "}, then: {" + then + "} }]";
}

TEST_CASE("an error takes type, loc, ctx and input where the provider's errors have them") {
  const auto scenario = scenario_of(
      rule("provider: fal",
           "error: {code: 400, type: invalid_request, message: No., loc: [body, images, 0], "
           "ctx: {max: 3}, input: [a, null]}"));
  const Then& then = scenario->rules[0].steps[0];
  CHECK(then.end == End::kFailed);
  const TaskError& error = *then.error;
  CHECK(error.code == 400);
  CHECK(error.type == "invalid_request");
  CHECK(*error.loc == Json{"body", "images", 0});
  CHECK(*error.ctx == Json{{"max", 3}});
  CHECK(*error.input == Json{"a", nullptr});
}

TEST_CASE("what is wrong with the parts of an error is named with its remedy") {
  const auto fal = [](const std::string& error) {
    return rule("provider: fal", "error: " + error);
  };
  const Told rows[] = {
      {"no provider named", rule("", "error: {type: a, message: b, loc: [c]}"), ""},
      {"one that has no such part", rule("provider: bfl", "error: {message: a, code: b, loc: [c]}"),
       "f:1:75: bfl's errors have no \"loc\"; they have code and message"},
      {"no message", fal("{type: a}"),
       "f:1:48: \"error\" needs \"message\": what the provider says"},
      {"type twice", fal("{type: a, code: b, message: c}"),
       "f:1:64: \"code\": a text says what \"type\" says: leave out one of them"},
      {"loc without a type", fal("{message: a, loc: [b]}"),
       "f:1:66: \"loc\" belongs to an error with a type: add \"type\""},
      {"loc beside a code that is the type", fal("{code: a, message: b, loc: [c]}"), ""},
      {"empty loc", fal("{type: a, message: b, loc: []}"),
       "f:1:75: \"loc\" expects a list such as [body, image_urls, 0], got an empty list"},
      {"loc of a mapping", fal("{type: a, message: b, loc: [{c: d}]}"),
       "f:1:75: \"loc\" expects a list such as [body, image_urls, 0], got a list"},
      {"ctx", fal("{type: a, message: b, ctx: c}"),
       "f:1:75: \"ctx\" expects members such as {max_length: 2500}, got \"c\""},
      {"type", fal("{type: [], message: b}"),
       "f:1:55: \"type\" expects a text such as content_policy_violation, got an empty list"},
  };
  for (const Told& row : rows) {
    CAPTURE(row.name);
    CHECK(problems_of(row.text) == row.told);
  }
}

TEST_CASE("what a named provider does not do is an error") {
  const Told rows[] = {
      {"a request", rule("provider: bfl, on: cancel", ""),
       "f:1:37: bfl has no request \"cancel\"; it has submit, poll, download, webhook and account"},
      {"a request, whatever the order", rule("on: stream, provider: bfl", ""),
       "f:1:22: bfl has no request \"stream\"; it has submit, poll, download, webhook and account"},
      {"webhooks", rule("provider: vtrix, on: webhook", ""),
       "f:1:39: vtrix has no request \"webhook\"; it has submit, poll, result, cancel, download "
       "and "
       "account"},
      {"any request", rule("provider: bfl, on: any", ""), ""},
      {"flags", rule("provider: bfl", "nsfw: [true]"),
       "f:1:47: bfl flags no pictures: leave \"nsfw\" out, or write \"end: output_moderated\""},
      {"flags of one that has them", rule("provider: fal", "nsfw: [true]"), ""},
      {"no provider named", rule("on: cancel", ""), ""},
  };
  for (const Told& row : rows) {
    CAPTURE(row.name);
    CHECK(problems_of(row.text) == row.told);
  }
}

TEST_CASE("what can only be a slip, and what has no effect, is warned of") {
  const Told rows[] = {
      {"a glob that fits nothing", rule("endpoint: \"flux-pr0-1.1*\"", ""),
       "f:1:28: endpoint \"flux-pr0-1.1*\" fits no endpoint known of any provider; did you mean "
       "\"flux-pro-1.1\"?"},
      {"one that fits something of one provider", rule("endpoint: midj*", ""), ""},
      {"of a provider that answers unlisted ones",
       rule("provider: fal, endpoint: fal-ai/flux/de", ""),
       "f:1:43: endpoint \"fal-ai/flux/de\" fits none of those known of fal, which answers others "
       "too; did you mean \"fal-ai/flux/dev\"?"},
      {"an end beside a refusal", rule("", "end: failed, refuse: rate_limited"),
       "f:1:28: \"end\" does nothing beside \"refuse\": a refused submission makes no task; leave "
       "out one of them"},
      {"times beside a refusal, on any", rule("on: any", "refuse: rate_limited, run: 3s"),
       "f:1:57: \"run\" does nothing beside \"refuse\": a refused submission makes no task; leave "
       "out one of them"},
      {"an end beside no work", rule("", "wire: reset, end: failed"),
       "f:1:41: \"end\" does nothing beside \"wire: reset\", which does nothing and so makes no "
       "task; leave out one of them"},
      {"an end beside a lost answer", rule("", "wire: lost, end: failed"), ""},
      {"an error for a reply", rule("", "reply: {status: 403}"),
       "f:1:35: \"reply\" changes the answer alone: behind the status 403 a submission makes a "
       "task, which is charged; add \"refuse\" where it shall make none"},
      {"an error for a reply on any", rule("on: any", "reply: {status: 503}"),
       "f:1:42: \"reply\" changes the answer alone: behind the status 503 a submission makes a "
       "task, which is charged; add \"refuse\" where it shall make none"},
      {"an error for a reply beside a refusal", rule("", "refuse: forbidden, reply: {status: 403}"),
       ""},
      {"an error for a poll", rule("on: poll", "reply: {status: 403}"), ""},
      {"another good status", rule("", "reply: {status: 202}"), ""},
  };
  for (const Told& row : rows) {
    CAPTURE(row.name);
    CHECK(warnings_of(row.text) == row.told);
  }
}

TEST_CASE("a condition over the path is a glob, or tests of a text") {
  Occasion occasion = poll("fal");
  occasion.path = "/fal-ai/flux/requests/1f/status";
  const auto matches = [&](const std::string& path) {
    World world(rule("on: poll, path: " + path, "delay: 1s"));
    return !world.ask(occasion).rules.empty();
  };
  CHECK(matches("\"*/status\""));
  CHECK(matches("\"/fal-ai/flux/requests/?f/status\""));
  CHECK(matches("{contains: /requests/}"));
  CHECK(matches("{matches: \"^/fal-ai/.*status$\"}"));
  CHECK_FALSE(matches("\"*/response\""));
  CHECK_FALSE(matches("status"));
  World world(rule("on: poll, path: \"*/response\"", ""));
  REQUIRE(world.ask(occasion, true).misses.size() == 1);
  CHECK(world.ask(occasion, true).misses[0].condition ==
        "path: */response (this was /fal-ai/flux/requests/1f/status)");
  CHECK(problems_of(rule("path: {above: 3}", "")) ==
        "f:1:24: \"path\" expects a glob, {contains: TEXT} or {matches: REGEX}, got a mapping");
  CHECK(problems_of(rule("path: []", "")) ==
        "f:1:24: \"path\" expects a glob such as \"*/requests/*/status\" (`*` any text, `?` one "
        "character), got an empty list");
}

TEST_CASE("what defaults leave out is as in the scenario called default") {
  const auto usual = scenario_of(file_text("scenarios/default.yaml"));
  for (const char* text : {"rules: []", "defaults: {}", "defaults: { links_live: 10m }"}) {
    CAPTURE(text);
    const auto scenario = scenario_of(text);
    CHECK(scenario->defaults.run->low == usual->defaults.run->low);
    CHECK(scenario->defaults.run->low == 1s);
    CHECK(scenario->defaults.queue->low == usual->defaults.queue->low);
  }
  CHECK(scenario_of("defaults: { run: 0s }")->defaults.run->low == 0s);
  World counted(rule("", "polls: 3"));
  CHECK_FALSE(counted.ask(submit()).then.run);  // what counts polls has no times
}

TEST_CASE("a key for editors means nothing here") {
  CHECK(problems_of("$schema: ./provider-emulator.schema.json\nrules: []") == "");
  CHECK(problems_of("$schema: [a]") == "f:1:10: \"$schema\" expects a text, got a list");
}

}  // namespace
}  // namespace emulator::scenario
