#include <doctest.h>

#include <algorithm>

#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the scenario of the design is read as it is written") {
  const auto scenario = scenario_of(R"(
name: busy-evening
about: Every third submission waits, beach prompts are flagged, links die young.
seed: 7
defaults: { queue: 0s, run: {p50: 2s, p99: 9s}, links_live: 10m }
credits: 1000
rules:
  - name: slow third
    when: { provider: fal, on: submit, every: 3 }
    then: { queue: 20s, run: 4s..6s }
  - name: beach is flagged
    when: { on: submit, prompt: beach }
    then: { end: nsfw }
  - name: two refusals, then fine
    when: { provider: bfl, on: submit, endpoint: "flux-pro-1.1*" }
    sequence: [ {refuse: rate_limited}, {refuse: server_error}, {} ]
  - name: answer lost, task made and charged
    when: { provider: wavespeed, on: submit, nth: 2 }
    then: { wire: lost }
expect:
  - { when: { provider: bfl, on: submit }, times: 3 }
)");
  CHECK(scenario->name == "busy-evening");
  CHECK(scenario->seed == 7u);
  CHECK(scenario->credits == 1000.0);
  CHECK(scenario->defaults.links_live->low == 10min);
  REQUIRE(scenario->rules.size() == 4);
  CHECK(scenario->rules[0].at.line == 8);
  CHECK(scenario->rules[0].at.column == 5);
  CHECK(scenario->rules[1].steps[0].end == End::kNsfw);
  REQUIRE(scenario->rules[2].steps.size() == 3);
  CHECK(scenario->rules[2].steps[1].refuse == RefusalKind::kServerError);
  CHECK_FALSE(scenario->rules[2].steps[2].refuse);
  CHECK(scenario->rules[3].steps[0].wire->kind == Wire::Kind::kLost);
  REQUIRE(scenario->expect.size() == 1);
  CHECK(scenario->expect[0].at_least == 3);
  CHECK(scenario->expect[0].at_most == 3);
  CHECK(scenario->expect[0].shown == Json{{"provider", "bfl"}, {"on", "submit"}});
}

TEST_CASE("a file without a name is called by its stem") {
  const auto loaded = load("stories/slow-day.v2.yaml", "rules: []", vocabulary());
  REQUIRE(loaded);
  CHECK(loaded->scenario->name == "slow-day");
  const auto odd = load("/dev/fd/ 3", "{}", vocabulary());
  REQUIRE(odd);
  CHECK(odd->scenario->name == "unnamed");
}

TEST_CASE("JSON is read as well") {
  const auto scenario =
      scenario_of(R"({"name":"x","rules":[{"when":{"on":"any","nth":2},"then":{"run":"2s"}}]})");
  CHECK(scenario->rules[0].steps[0].run->low == 2s);
}

// One rule, to be completed.
std::string when(const std::string& text) { return "rules: [{ when: {" + text + "}, then: {} }]"; }
std::string then(const std::string& text) { return "rules: [{ when: {}, then: {" + text + "} }]"; }
std::string rule(const std::string& text) { return "rules: [{" + text + "}]"; }
std::string bfl(const std::string& text) {
  return "rules: [{ when: {provider: bfl}, then: {" + text + "} }]";
}

struct ProblemRow {
  const char* name;
  std::string text;
  const char* problems;
};

void check(const ProblemRow* rows, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(rows[i].name);
    CHECK(problems_of(rows[i].text) == rows[i].problems);
  }
}

TEST_CASE("what is wrong at the top of a file is named with its remedy") {
  const ProblemRow rows[] = {
      {"empty", "",
       "f: a scenario is a mapping with \"name\", \"rules\" and the like, not nothing"},
      {"a list", "- a",
       "f:1:1: a scenario is a mapping with \"name\", \"rules\" and the like, not a list"},
      {"unknown key", "rule: []", "f:1:1: unknown key \"rule\"; did you mean \"rules\"?"},
      {"far key", "xyzzy: 1",
       "f:1:1: unknown key \"xyzzy\"; known are $schema, name, about, seed, defaults, "
       "recorded_times, credits, rules, expect and allow"},
      {"name", "name: a b",
       "f:1:7: \"name\" expects letters, digits, \"-\" and \"_\", such as busy-evening, got \"a "
       "b\""},
      {"about", "about: []", "f:1:8: \"about\" expects a text, got an empty list"},
      {"seed", "seed: -1", "f:1:7: \"seed\" expects a whole number from 0, got \"-1\""},
      {"credits", "credits: -5",
       "f:1:10: \"credits\" expects a number that is not negative, got \"-5\""},
      {"credits as text", "credits: many", "f:1:10: \"credits\" expects a number, got \"many\""},
      {"defaults", "defaults: {polls: 3}",
       "f:1:12: unknown key \"polls\" under \"defaults\"; known are queue, run and links_live"},
      {"rules", "rules: {}", "f:1:8: \"rules\" expects a list of rules, got an empty mapping"},
      {"no rules", "rules:", "f:1:1: \"rules\" expects a list of rules, got nothing"},
      {"expect", "expect: 3",
       "f:1:9: \"expect\" expects a list such as [{when: {on: submit}, times: 3}], got \"3\""},
      {"bad YAML", "rules: [", "f:1:8: \"[\" without its \"]\", or a missing comma"},
  };
  check(rows, std::size(rows));
}

TEST_CASE("what is wrong with a rule is named with its remedy") {
  const ProblemRow rows[] = {
      {"no mapping", "rules: [a]",
       "f:1:9: \"rules\" expects rules such as {when: {on: submit}, then: {end: nsfw}}, got \"a\""},
      {"null", "rules:\n  -\n  - when: {}\n    then: {}\n",
       "f:3:3: \"rules\" expects rules such as {when: {on: submit}, then: {end: nsfw}}, got "
       "nothing"},
      {"empty", rule(""),
       "f:1:9: a rule needs \"when\"; write \"when: {on: any}\" for every request\n"
       "f:1:9: a rule needs \"then\" or \"sequence\"; write \"then: {}\" for the default"},
      {"without then", rule("when: {}"),
       "f:1:9: a rule needs \"then\" or \"sequence\"; write \"then: {}\" for the default"},
      {"unknown key", rule("when: {}, them: {}"),
       "f:1:9: a rule needs \"then\" or \"sequence\"; write \"then: {}\" for the default\n"
       "f:1:20: unknown key \"them\" under \"rules\"; did you mean \"then\"?"},
      {"both", rule("when: {}, then: {}, sequence: [{}]"),
       "f:1:40: a rule has either \"then\" or \"sequence\", not both"},
      {"empty sequence", rule("when: {}, sequence: []"),
       "f:1:30: \"sequence\" expects a list of what to do, such as [{end: failed}, {}], got an "
       "empty list"},
      {"repeat without sequence", rule("when: {}, then: {}, repeat: true"),
       "f:1:38: \"repeat\" belongs beside \"sequence\": leave it out"},
      {"repeat", rule("when: {}, sequence: [{}], repeat: often"),
       "f:1:44: \"repeat\" expects true or false, got \"often\""},
      {"go_on", rule("when: {}, then: {}, go_on: yes"),
       "f:1:37: \"go_on\" expects true or false, got \"yes\""},
      {"name", rule("name: [], when: {}, then: {}"),
       "f:1:16: \"name\" expects a text, got an empty list"},
      {"equal names",
       "rules:\n- { name: a, when: {}, then: {} }\n- { name: a, when: {}, then: {} }",
       "f:3:11: another rule is named \"a\", at 2:3: give each its own name"},
      {"when", rule("when: submit, then: {}"),
       "f:1:16: \"when\" expects conditions such as {on: submit, nth: 2}, got \"submit\""},
      {"then", rule("when: {}, then: nsfw"),
       "f:1:26: \"then\" expects what to do, such as {queue: 20s, end: nsfw}, or {} for nothing, "
       "got \"nsfw\""},
  };
  check(rows, std::size(rows));
}

TEST_CASE("what is wrong with a condition is named with its remedy") {
  const ProblemRow rows[] = {
      {"unknown key", when("promt: x"),
       "f:1:18: unknown key \"promt\" under \"when\"; did you mean \"prompt\"?"},
      {"provider", when("provider: fall"),
       "f:1:28: unknown provider \"fall\"; did you mean \"fal\"?"},
      {"far provider", when("provider: openai"),
       "f:1:28: unknown provider \"openai\"; known are bfl, fal, wavespeed, apiframe and vtrix"},
      {"on", when("on: sumbit"), "f:1:22: unknown on \"sumbit\"; did you mean \"submit\"?"},
      {"on as a list", when("on: [poll]"),
       "f:1:22: \"on\" expects one of submit, poll, result, stream, cancel, download, upload, "
       "webhook, account and any, got a list"},
      {"endpoint of a provider", when("provider: bfl, endpoint: flux-prod-1.1"),
       "f:1:43: endpoint \"flux-prod-1.1\" matches none of bfl's endpoints; did you mean "
       "\"flux-pro-1.1\"?"},
      {"far endpoint, order does not matter", when("endpoint: \"sd-*\", provider: bfl"),
       "f:1:28: endpoint \"sd-*\" matches none of bfl's endpoints; it has flux-dev, flux-pro-1.1 "
       "and flux-pro-1.1-ultra"},
      {"any endpoint goes", when("provider: fal, endpoint: my/own"), ""},
      {"without a provider any goes", when("endpoint: my/own"), ""},
      {"endpoint", when("endpoint: [a]"),
       "f:1:28: \"endpoint\" expects a glob such as \"flux-*\" (`*` any text, `?` one character), "
       "got a list"},
      {"empty key", when("key: ''"),
       "f:1:23: \"key\" expects a glob such as \"flux-*\" (`*` any text, `?` one character), got "
       "\"\""},
      {"empty prompt", when("prompt: ''"),
       "f:1:26: \"prompt\" expects a text it contains, or {matches: REGEX}, got \"\""},
      {"regex", when("prompt: {matches: '('}"),
       "f:1:36: \"matches\": not a regular expression (RE2): missing ): ("},
      {"prompt test", when("prompt: {regex: a}"),
       "f:1:27: unknown key \"regex\" under \"prompt\"; known are contains, matches, above, below "
       "and present"},
      {"prompt above", when("prompt: {above: 3}"),
       "f:1:26: \"prompt\" expects a text, {contains: TEXT} or {matches: REGEX}, got a mapping"},
      {"body", when("body: x"),
       "f:1:24: \"body\" expects fields such as {num_images: 2, \"loras[0].scale\": 1}, got \"x\""},
      {"path", when("body: {\"a..b\": 1}"), "f:1:25: \"a..b\" is not a path: write it as a.b[0].c"},
      {"path with a word as index", when("body: {\"a[x]\": 1}"),
       "f:1:25: \"a[x]\" is not a path: write it as a.b[0].c"},
      {"path with an open end", when("body: {\"a.\": 1}"),
       "f:1:25: \"a.\" is not a path: write it as a.b[0].c"},
      {"body test", when("body: {n: {abov: 3}}"),
       "f:1:29: unknown key \"abov\" under \"body.n\"; did you mean \"above\"?"},
      {"no test", when("body: {n: {}}"),
       "f:1:28: \"body.n\" expects a value, or {contains|matches|above|below|present: ...}, got "
       "an empty mapping"},
      {"above", when("body: {n: {above: x}}"), "f:1:36: \"above\" expects a number, got \"x\""},
      {"nothing between", when("body: {n: {above: 5, below: 3}}"),
       "f:1:28: \"body.n\": nothing is above 5.0 and below 3.0"},
      {"present", when("header: {x-a: {present: 1}}"),
       "f:1:42: \"present\" expects true or false, got \"1\""},
      {"contains", when("query: {a: {contains: []}}"),
       "f:1:40: \"contains\" expects a text that is not empty, got an empty list"},
      {"header", when("header: [x]"),
       "f:1:26: \"header\" expects names and values, such as {name: value}, got a list"},
      {"query value", when("query: {logs: [1]}"),
       "f:1:32: \"logs\" expects a value, or {contains|matches|above|below|present: ...}, got a "
       "list"},
      {"nth", when("nth: 0"), "f:1:23: \"nth\" expects a whole number from 1, got \"0\""},
      {"every", when("every: -2"), "f:1:25: \"every\" expects a whole number from 1, got \"-2\""},
      {"first", when("first: some"),
       "f:1:25: \"first\" expects a whole number from 0, got \"some\""},
      {"after", when("after: 1.5"), "f:1:25: \"after\" expects a whole number from 0, got \"1.5\""},
      {"chance", when("chance: 0.1"),
       "f:1:26: \"chance\": a bare number needs its sign: write 0.1%"},
      {"too likely", when("chance: 110%"),
       "f:1:26: \"chance\" expects a percentage from 0% to 100%, got \"110%\""},
      {"negative chance", when("chance: -1%"),
       "f:1:26: \"chance\" expects a percentage from 0% to 100%, got \"-1%\""},
      {"no chance", when("chance: nan%"),
       "f:1:26: \"chance\" expects a percentage from 0% to 100%, got \"nan%\""},
      {"between", when("between: 10m"),
       "f:1:27: \"between\" expects two durations such as [10m, 20m], got \"10m\""},
      {"between without units", when("between: [10, 20m]"),
       "f:1:28: \"between\": a bare number needs a unit: write 10s"},
      {"between reversed", when("between: [20m, 10m]"),
       "f:1:27: \"between\": the second time must be after the first"},
  };
  check(rows, std::size(rows));
}

TEST_CASE("what is wrong with what a rule does is named with its remedy") {
  const ProblemRow rows[] = {
      {"unknown key", then("quene: 1s"),
       "f:1:28: unknown key \"quene\" under \"then\"; did you mean \"queue\"?"},
      {"far key", then("colour: red"),
       "f:1:28: unknown key \"colour\" under \"then\"; known are queue, run, links_live, polls, "
       "end, "
       "error, nsfw, links, refuse, retry_after, delay, reply, wire, image and webhook"},
      {"an ending as a key", then("stuck: true"),
       "f:1:28: unknown key \"stuck\" under \"then\"; did you mean \"end: stuck\"?"},
      {"a refusal as a key", then("rate_limited: true"),
       "f:1:28: unknown key \"rate_limited\" under \"then\"; did you mean \"refuse: "
       "rate_limited\"?"},
      {"no unit", then("queue: 20"), "f:1:35: \"queue\": a bare number needs a unit: write 20s"},
      {"no unit with a point", then("run: 1.5"),
       "f:1:33: \"run\": a bare number needs a unit: write 1.5s"},
      {"unknown unit", then("queue: 20sec"),
       "f:1:35: \"queue\" expects a duration such as 250ms, 3s, 10m, 2h or 7d, got \"20sec\""},
      {"negative", then("queue: -3s"), "f:1:35: \"queue\": a duration cannot be negative"},
      {"too long", then("queue: 4000d"), "f:1:35: \"queue\": a duration is at most 3650d"},
      {"list", then("delay: [1s]"),
       "f:1:35: \"delay\" expects a duration such as 3s, a range 1s..3s or {p50: 2s, p99: 9s}, got "
       "a "
       "list"},
      {"reversed", then("run: 6s..4s"), "f:1:33: \"run\": the range is reversed: write 4s..6s"},
      {"range without units", then("run: 4..6s"),
       "f:1:33: \"run\": a bare number needs a unit: write 4s"},
      {"half a log-normal", then("run: {p50: 2s}"),
       "f:1:33: \"run\" needs both \"p50\" and \"p99\""},
      {"quantile", then("run: {p50: 2s, p90: 3s}"),
       "f:1:33: \"run\" needs both \"p50\" and \"p99\"\n"
       "f:1:43: unknown key \"p90\" under \"run\"; did you mean \"p50\"?"},
      {"quantiles reversed", then("run: {p50: 9s, p99: 2s}"),
       "f:1:33: \"run\": \"p50\" must be above 0s and not longer than \"p99\""},
      {"profile", then("run: bfl-flx"),
       "f:1:33: unknown duration or profile \"bfl-flx\"; did you mean \"bfl-flux\"?"},
      {"profile without that side", then("queue: bfl-flux"),
       "f:1:35: the profile \"bfl-flux\" has no figures for \"queue\": write a duration"},
      {"recorded times", "recorded_times: yes please",
       "f:1:17: \"recorded_times\" expects true or false, got \"yes please\""},
      {"no profile for links", then("links_live: bfl-flux"),
       "f:1:40: \"links_live\" expects a duration such as 250ms, 3s, 10m, 2h or 7d, got "
       "\"bfl-flux\""},
      {"polls", then("polls: 0"),
       "f:1:35: \"polls\" expects a whole number from 1 to 10000, got \"0\""},
      {"polls and time", then("polls: 3, run: 1s"),
       "f:1:35: \"polls\" counts instead of time: leave out \"queue\" and \"run\""},
      {"end", then("end: nswf"), "f:1:33: unknown end \"nswf\"; did you mean \"nsfw\"?"},
      {"far end", then("end: exploded"),
       "f:1:33: unknown end \"exploded\"; known are succeed, nsfw, input_moderated, "
       "output_moderated, failed, timed_out, cancelled, stuck and vanished"},
      {"error", then("end: failed, error: []"),
       "f:1:48: \"error\" expects the name of an error, or {code: 1234, message: TEXT}, got an "
       "empty list"},
      {"error without a message", then("end: failed, error: {code: 3}"),
       "f:1:48: \"error\" needs \"message\": what the provider says"},
      {"error with more", then("end: failed, error: {code: 3, message: x, text: y}"),
       "f:1:70: unknown key \"text\" under \"error\"; known are code, message, type, loc, ctx and "
       "input"},
      {"error of a success", then("end: succeed, error: {message: x}"),
       "f:1:49: \"error\" needs an end that fails, not \"succeed\": leave out one of them"},
      {"nsfw", then("nsfw: [yes]"), "f:1:35: \"nsfw\" expects true or false, got \"yes\""},
      {"nsfw without flags", then("nsfw: []"),
       "f:1:34: \"nsfw\" expects a flag by picture, such as [true, false], got an empty list"},
      {"nsfw without pictures", then("end: failed, nsfw: true"),
       "f:1:47: \"nsfw\" flags pictures, and the end \"failed\" has none: leave out one of them"},
      {"links", then("links: dead"),
       "f:1:35: unknown links \"dead\"; known are expired, gone and forbidden"},
      {"refuse", then("refuse: rate-limited"),
       "f:1:36: unknown refuse \"rate-limited\"; did you mean \"rate_limited\"?"},
      {"retry_after alone", then("retry_after: 3s"),
       "f:1:41: \"retry_after\" is sent with a refusal: add \"refuse\""},
      {"reply", then("reply: 500"),
       "f:1:35: \"reply\" expects {status, headers, body} or {patch: ...}, got \"500\""},
      {"reply status", then("reply: {status: 99}"),
       "f:1:44: \"status\" expects a whole number from 200 to 599, got \"99\""},
      {"reply key", then("reply: {code: 500}"),
       "f:1:36: unknown key \"code\" under \"reply\"; known are status, headers, body and patch"},
      {"reply header name", then("reply: {headers: {'a b': c}}"),
       "f:1:46: \"a b\" is not the name of a header"},
      {"reply header value", then("reply: {headers: {a: \"x\\r\\ny\"}}"),
       "f:1:49: \"a\" expects a text on one line, got \"x\r\ny\""},
      {"reply headers", then("reply: {headers: x}"),
       "f:1:45: \"headers\" expects names and values, such as {x-cache: HIT}, got \"x\""},
      {"reply body", then("reply: {body: }"),
       "f:1:42: \"body\" expects a text or a JSON value, got nothing"},
      {"reply patch", then("reply: {patch: x}"),
       "f:1:43: \"patch\" expects members to merge into the body, got \"x\""},
      {"body and patch", then("reply: {body: x, patch: {}}"),
       "f:1:35: \"reply\": \"body\" replaces what \"patch\" would change: keep one"},
      {"wire", then("wire: resets"), "f:1:34: unknown wire \"resets\"; did you mean \"reset\"?"},
      {"wire as a list", then("wire: []"),
       "f:1:34: \"wire\" expects one of lost, reset, empty, hang, garbage, wrong_length, "
       "wrong_type "
       "and bad_json, or {cut: 50%}, {cut: 1000} or {slow: 2KB/s}, got an empty list"},
      {"wire key", then("wire: {cuts: 1}"),
       "f:1:35: unknown key \"cuts\" under \"wire\"; did you mean \"cut\"?"},
      {"cut", then("wire: {cut: half}"),
       "f:1:40: \"cut\" expects a share such as 50%, or bytes such as 1000 or 4KB, got \"half\""},
      {"cut nothing", then("wire: {cut: 100%}"),
       "f:1:40: \"cut\": 100% is the whole body: write less"},
      {"cut too much", then("wire: {cut: 120%}"),
       "f:1:40: \"cut\" expects a percentage from 0% to 100%, got \"120%\""},
      {"slow", then("wire: {slow: 2KB}"),
       "f:1:41: \"slow\" expects bytes a second, such as 2KB/s, got \"2KB\""},
      {"too slow", then("wire: {slow: 0/s}"),
       "f:1:41: \"slow\" expects bytes a second, such as 2KB/s, got \"0/s\""},
      {"image", then("image: white"),
       "f:1:35: unknown image \"white\"; known are black, truncated, zero_bytes, wrong_type, "
       "wrong_size, rotated and bomb"},
      {"image as a list", then("image: []"),
       "f:1:35: \"image\" expects one of black, truncated, zero_bytes, wrong_type, wrong_size, "
       "rotated and bomb, or {size: 1x1}, {style: cells}, {caption: off} or {file: PATH}, got an "
       "empty list"},
      {"image key", then("image: {sise: 1x1}"),
       "f:1:36: unknown key \"sise\" under \"image\"; did you mean \"size\"?"},
      {"size", then("image: {size: 0x9}"),
       "f:1:42: \"size\" expects pixels such as 1x1, at most 16384 a side, got \"0x9\""},
      {"size too large", then("image: {size: 1x99999}"),
       "f:1:42: \"size\" expects pixels such as 1x1, at most 16384 a side, got \"1x99999\""},
      {"caption", then("image: {caption: of}"),
       "f:1:45: unknown caption \"of\"; did you mean \"on\"?"},
      {"style", then("image: {style: cell}"),
       "f:1:43: unknown style \"cell\"; did you mean \"cells\"?"},
      {"file elsewhere", then("image: {file: ../x.png}"),
       "f:1:42: \"file\" expects a path below the scenario file's folder, without \"..\" and "
       "hidden files, got "
       "\"../x.png\""},
      {"file from the root", then("image: {file: /etc/passwd}"),
       "f:1:42: \"file\" expects a path below the scenario file's folder, without \"..\" and "
       "hidden files, got "
       "\"/etc/passwd\""},
      {"hidden file", then("image: {file: pictures/.env}"),
       "f:1:42: \"file\" expects a path below the scenario file's folder, without \"..\" and "
       "hidden "
       "files, got \"pictures/.env\""},
      {"file and size", then("image: {file: a.png, size: 1x1}"),
       "f:1:35: \"image\": a file is sent as it is: leave out the rest"},
      {"webhook", then("webhook: dropp"),
       "f:1:37: unknown webhook \"dropp\"; did you mean \"drop\"?"},
      {"webhook as a list", then("webhook: []"),
       "f:1:37: \"webhook\" expects one of drop, early, bad_signature, wrong_key, old_timestamp, "
       "changed_body, slow_body, forced_retries and reordered, or {times: 2} or {delay: 3s}, got "
       "an "
       "empty list"},
      {"webhook key", then("webhook: {time: 2}"),
       "f:1:38: unknown key \"time\" under \"webhook\"; did you mean \"times\"?"},
      {"webhook times", then("webhook: {times: 0}"),
       "f:1:45: \"times\" expects a whole number from 1 to 100, got \"0\""},
      {"dropped twice", then("webhook: {drop: true, times: 2}"),
       "f:1:37: \"webhook\": what is dropped is not sent: leave out the rest"},
  };
  check(rows, std::size(rows));
}

TEST_CASE("what a named provider does not have is an error that lists what it has") {
  const ProblemRow rows[] = {
      {"end", bfl("end: cancelled"),
       "f:1:46: bfl has no end \"cancelled\"; it has input_moderated, output_moderated, failed and "
       "vanished"},
      {"nsfw is worded as output_moderated", bfl("end: nsfw"), ""},
      {"every task may succeed or be stuck", bfl("end: stuck"), ""},
      {"refusal", bfl("refuse: conflict"),
       "f:1:49: bfl has no refuse \"conflict\"; it has unauthenticated, forbidden, out_of_credit, "
       "rate_limited, invalid_input, not_found, server_error, bad_gateway, unavailable and "
       "gateway_timeout"},
      {"error", bfl("end: failed, error: generation_fail"),
       "f:1:61: bfl has no error \"generation_fail\"; did you mean \"generation_failed\"? "
       "It has generation_failed and internal"},
      {"error of its own", bfl("end: failed, error: internal"), ""},
      {"error by code", bfl("end: failed, error: {code: 7, message: x}"), ""},
      {"no errors at all", "rules: [{ when: {provider: vtrix}, then: {error: x} }]",
       "f:1:50: vtrix has no error \"x\"; it has none"},
      {"webhook", "rules: [{ when: {provider: vtrix}, then: {webhook: drop} }]",
       "f:1:52: vtrix sends no webhooks"},
      {"in a sequence", "rules: [{ when: {provider: bfl}, sequence: [{}, {end: cancelled}] }]",
       "f:1:55: bfl has no end \"cancelled\"; it has input_moderated, output_moderated, failed and "
       "vanished"},
      {"a rule that names none", then("end: cancelled, error: whatever"), ""},
  };
  check(rows, std::size(rows));
}

TEST_CASE("what is wrong with an expectation is named with its remedy") {
  const auto expect = [](const std::string& text) { return "expect: [" + text + "]"; };
  const ProblemRow rows[] = {
      {"no mapping", expect("3"),
       "f:1:10: \"expect\" expects entries such as {when: {on: submit}, times: 3}, got \"3\""},
      {"no when", expect("{times: 3}"),
       "f:1:10: an expectation needs \"when\": which requests it counts"},
      {"unknown key", expect("{when: {}, time: 3}"),
       "f:1:21: unknown key \"time\" under \"expect\"; did you mean \"times\"?"},
      {"times", expect("{when: {}, times: often}"),
       "f:1:28: \"times\" expects a whole number from 0, got \"often\""},
      {"times as a list", expect("{when: {}, times: [1]}"),
       "f:1:28: \"times\" expects a number, or {at_least: 1, at_most: 3}, got a list"},
      {"bounds", expect("{when: {}, times: {at_lest: 1}}"),
       "f:1:29: unknown key \"at_lest\" under \"times\"; did you mean \"at_least\"?"},
      {"bounds reversed", expect("{when: {}, times: {at_least: 3, at_most: 1}}"),
       "f:1:28: \"times\": \"at_least\" is more than \"at_most\""},
      {"counting", expect("{when: {nth: 2}, times: 1}"),
       "f:1:18: \"nth\" cannot be used here: requests are counted by \"times\""},
  };
  check(rows, std::size(rows));
}

TEST_CASE("times may be a number or bounds, and at least one when left out") {
  const auto scenario = scenario_of(
      "expect:\n- { when: {} }\n- { when: {}, times: 0 }\n- { when: {}, times: {at_least: 2} }\n"
      "- { when: {}, times: {at_most: 4} }\n");
  const std::pair<std::uint64_t, std::uint64_t> bounds[] = {
      {1, UINT64_MAX}, {0, 0}, {2, UINT64_MAX}, {0, 4}};
  for (std::size_t i = 0; i < std::size(bounds); ++i) {
    CAPTURE(i);
    CHECK(scenario->expect[i].at_least == bounds[i].first);
    CHECK(scenario->expect[i].at_most == bounds[i].second);
  }
}

TEST_CASE("all problems come at once, in the order of the text") {
  CHECK(
      problems_of("seed: x\nrules:\n  - then: { quene: 20s, run: 4 }\n    when: { provider: bf }\n"
                  "credits: -1\n") ==
      "f:1:7: \"seed\" expects a whole number from 0, got \"x\"\n"
      "f:3:13: unknown key \"quene\" under \"then\"; did you mean \"queue\"?\n"
      "f:3:30: \"run\": a bare number needs a unit: write 4s\n"
      "f:4:23: unknown provider \"bf\"; did you mean \"bfl\"?\n"
      "f:5:10: \"credits\" expects a number that is not negative, got \"-1\"");
}

TEST_CASE("what is allowed and has no effect is a warning") {
  const ProblemRow rows[] = {
      {"first of none", when("first: 0"),
       "f:1:9: this rule can never match: \"first: 0\" matches nothing"},
      {"no chance", when("chance: 0%"),
       "f:1:9: this rule can never match: \"chance: 0%\" matches nothing"},
      {"nth beyond first", when("nth: 5, first: 3"),
       "f:1:9: this rule can never match: \"nth: 5\" lies beyond \"first: 3\""},
      {"every beyond first", when("every: 5, first: 3"),
       "f:1:9: this rule can never match: \"every: 5\" lies beyond \"first: 3\""},
      {"nth not after", when("nth: 2, after: 2"),
       "f:1:9: this rule can never match: \"nth: 2\" does not come after \"after: 2\""},
      {"nth no multiple", when("nth: 3, every: 2"),
       "f:1:9: this rule can never match: \"nth: 3\" is no multiple of \"every: 2\""},
      {"after first", when("after: 3, first: 3"),
       "f:1:9: this rule can never match: \"after: 3\" begins where \"first: 3\" ends"},
      {"some remain", when("after: 2, first: 3, every: 3"), ""},
      {"hidden by the same", "rules:\n- { name: a, when: {}, then: {} }\n- { when: {}, then: {} }",
       "f:3:3: this rule can never match: \"a\" at 2:3 matches all it could and comes first; move "
       "this one up, or add \"go_on: true\" there"},
      {"hidden by a wider one",
       "rules:\n- { when: {on: any}, then: {} }\n- { when: {provider: bfl, prompt: x, nth: 3}, "
       "then: {} }",
       "f:3:3: this rule can never match: the rule at 2:3 matches all it could and comes first; "
       "move this one up, or add \"go_on: true\" there"},
      {"hidden by a shorter text",
       "rules:\n- { when: {prompt: sea}, then: {} }\n- { when: {prompt: seaside}, then: {} }",
       "f:3:3: this rule can never match: the rule at 2:3 matches all it could and comes first; "
       "move this one up, or add \"go_on: true\" there"},
      {"hidden by a glob",
       "rules:\n- { when: {endpoint: 'flux-*'}, then: {} }\n- { when: {endpoint: flux-dev}, then: "
       "{} }",
       "f:3:3: this rule can never match: the rule at 2:3 matches all it could and comes first; "
       "move this one up, or add \"go_on: true\" there"},
      {"hidden by wider bounds",
       "rules:\n- { when: {body: {n: {above: 1}}}, then: {} }\n"
       "- { when: {body: {n: {above: 2, below: 9}}}, then: {} }",
       "f:3:3: this rule can never match: the rule at 2:3 matches all it could and comes first; "
       "move this one up, or add \"go_on: true\" there"},
      {"hidden by a longer time",
       "rules:\n- { when: {between: [0s, 9m]}, then: {} }\n- { when: {between: [1m, 9m]}, then: {} "
       "}",
       "f:3:3: this rule can never match: the rule at 2:3 matches all it could and comes first; "
       "move this one up, or add \"go_on: true\" there"},
      {"going on hides nothing",
       "rules:\n- { when: {}, then: {}, go_on: true }\n- { when: {}, then: {} }", ""},
      {"counting hides nothing", "rules:\n- { when: {nth: 1}, then: {} }\n- { when: {}, then: {} }",
       ""},
      {"narrower hides nothing",
       "rules:\n- { when: {prompt: seaside}, then: {} }\n- { when: {prompt: sea}, then: {} }", ""},
      {"another provider",
       "rules:\n- { when: {provider: fal}, then: {} }\n- { when: {provider: bfl}, then: {} }", ""},
      {"another kind", "rules:\n- { when: {on: poll}, then: {} }\n- { when: {on: any}, then: {} }",
       ""},
      {"an item of a list is no part of a text",
       "rules:\n- { when: {body: {a: {contains: x}}}, then: {} }\n"
       "- { when: {body: {a: {contains: xy}}}, then: {} }",
       ""},
      {"times on a poll", rule("when: {on: poll}, then: {run: 3s}"),
       "f:1:35: \"run\" does nothing on poll: it is for submit"},
      {"picture on a poll", rule("when: {on: poll}, sequence: [{}, {image: black}]"),
       "f:1:44: \"image\" does nothing on poll: it is for submit and download"},
      {"any kind", rule("when: {on: any}, then: {run: 3s}"), ""},
  };
  for (const ProblemRow& row : rows) {
    CAPTURE(row.name);
    CHECK(warnings_of(row.text) == row.problems);
  }
}

TEST_CASE("hostile files are refused by count, before they cost much") {
  CHECK(problems_of("about: " + std::string(10u << 20, 'x')) ==
        "f: too large: more than 1,048,576 bytes");
  CHECK(problems_of("about: " + std::string(300'000, 'x')).find("too large") != std::string::npos);
  // Nine copies of nine copies, ten times over, if aliases were followed.
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) laughs += before + (i < 8 ? ", " : "]\n");
  }
  CHECK(problems_of(laughs).find("f:1:4: anchors are not supported") == 0);
  // A hundred thousand lines, each wrong: nobody reads more than a thousand problems.
  std::string wrong = "rules:\n";
  for (int i = 0; i < 100'000; ++i) wrong += "- {}\n";
  const std::string problems = problems_of(wrong);
  CHECK(std::count(problems.begin(), problems.end(), '\n') + 1 == 1'000);
}

TEST_CASE("files that are too large are refused") {
  std::string text = "rules:\n";
  for (int i = 0; i < 100'000; ++i) text += "- {when: {}, then: {}}\n";
  CHECK(problems_of(text) == "f: too large: more than 1,048,576 bytes");
  CHECK(problems_of(std::string(1'000'000, '[')).find("too large: more than 150,000 values") !=
        std::string::npos);
}

TEST_CASE("only a text that the user keeps in a file names files, wherever it says so") {
  const std::string texts[] = {
      "rules: [{when: {}, then: {image: {file: a.png}}}]",
      "rules: [{when: {}, sequence: [{}, {image: {file: a.png}}]}]",
      "rules: [{when: {}, then: {image: {file: ../../etc/passwd}}}]",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto sent = load("f", text, vocabulary());
    REQUIRE_FALSE(sent);
    CHECK(sent.error().front().text ==
          "\"file\" stands only in the file of --scenario: what a request carries names no file");
  }
  CHECK(scenario_of(texts[0])->rules[0].steps[0].image->file == "a.png");
}

}  // namespace
}  // namespace emulator::scenario
