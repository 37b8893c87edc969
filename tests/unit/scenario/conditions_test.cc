#include <doctest.h>

#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

// Whether a rule with these conditions matches.
bool matches(const std::string& when, const Occasion& occasion) {
  return holds(*scenario_of("rules: [{ when: {" + when + "}, then: {} }]")->rules[0].when,
               occasion);
}

struct ConditionRow {
  const char* when;
  bool matches;
};

TEST_CASE("provider and kind of request select") {
  const ConditionRow rows[] = {
      {"", true},
      {"provider: bfl", true},
      {"provider: fal", false},
      {"on: submit", true},
      {"on: poll", false},
      {"on: any", true},
      {"provider: bfl, on: any", true},
  };
  for (const ConditionRow& row : rows) {
    CAPTURE(row.when);
    CHECK(matches(row.when, submit("bfl")) == row.matches);
  }
  CHECK_FALSE(matches("", poll()));  // submit, when nothing is said
}

TEST_CASE("endpoint and sandbox are matched by globs") {
  Occasion occasion = submit("fal");
  occasion.endpoint = "fal-ai/flux-pro/v1.1-ultra";
  occasion.sandbox = "checkout-7";
  const ConditionRow rows[] = {
      {"endpoint: fal-ai/flux-pro/v1.1-ultra", true},
      {"endpoint: \"*ultra\"", true},
      {"endpoint: \"fal-ai/*\"", true},
      {"endpoint: \"*v1.?-ultra\"", true},
      {"endpoint: ultra", false},
      {"key: \"checkout-*\"", true},
      {"key: checkout", false},
  };
  for (const ConditionRow& row : rows) {
    CAPTURE(row.when);
    CHECK(matches(row.when, occasion) == row.matches);
  }
}

TEST_CASE("a prompt is searched for a text or a pattern") {
  const ConditionRow rows[] = {
      {"prompt: beach", true},
      {"prompt: Beach", false},
      {"prompt: {contains: at noon}", true},
      {"prompt: {matches: '^a beach'}", true},
      {"prompt: {matches: '(?i)BEACH'}", true},
      {"prompt: {matches: 'beach$'}", false},
      {"prompt: {contains: noon, matches: sea}", false},
      {"prompt: 16:9", true},
  };
  for (const ConditionRow& row : rows) {
    CAPTURE(row.when);
    CHECK(matches(row.when, submit("bfl", "a beach at noon 16:9")) == row.matches);
  }
}

TEST_CASE("fields of a body are looked up by path and compared by type") {
  const Json body = {{"num", 3},
                     {"scale", 1.5},
                     {"tolerance", "2"},
                     {"raw", false},
                     {"none", nullptr},
                     {"ratio", "16:9"},
                     {"tags", {"sea", "sky"}},
                     {"loras", {{{"path", "a.safetensors"}, {"scale", 1}}, {{"path", "b"}}}}};
  Occasion occasion = submit();
  occasion.body = &body;
  const ConditionRow rows[] = {
      {"body: {num: 3}", true},
      {"body: {num: 3.0}", true},
      {"body: {num: \"3\"}", false},
      {"body: {tolerance: 2}", true},
      {"body: {tolerance: \"2\"}", true},
      {"body: {raw: false}", true},
      {"body: {raw: true}", false},
      {"body: {none: null}", true},
      {"body: {missing: null}", false},
      {"body: {ratio: 16:9}", true},
      {"body: {ratio: {contains: \":9\"}}", true},
      {"body: {ratio: {matches: '^\\d+:9$'}}", true},
      {"body: {tags: [sea, sky]}", true},
      {"body: {tags: [sky, sea]}", false},
      {"body: {tags: {contains: sky}}", true},
      {"body: {tags: {contains: sk}}", false},
      {"body: {\"tags[1]\": sky}", true},
      {"body: {\"tags[2]\": sky}", false},
      {"body: {\"loras[0].path\": a.safetensors}", true},
      {"body: {\"loras[1].scale\": {present: false}}", true},
      {"body: {\"loras[0].scale\": {present: true}}", true},
      {"body: {\"num.deep\": 3}", false},
      {"body: {none: {present: true}}", false},
      {"body: {num: {above: 2, below: 4}}", true},
      {"body: {num: {above: 3}}", false},
      {"body: {scale: {below: 2}}", true},
      {"body: {tolerance: {above: 1}}", true},
      {"body: {ratio: {above: 1}}", false},
      {"body: {num: {matches: '^3$'}}", true},
      {"body: {num: 3, raw: true}", false},
  };
  for (const ConditionRow& row : rows) {
    CAPTURE(row.when);
    CHECK(matches(row.when, occasion) == row.matches);
  }
  occasion.body = nullptr;
  CHECK_FALSE(matches("body: {num: 3}", occasion));
  CHECK(matches("body: {num: {present: false}}", occasion));
}

TEST_CASE("what a body leaves out is looked up in what the provider fills in") {
  const Json body = {{"sent", 1}, {"both", "sent"}};
  const Json input = {{"both", "filled in"}, {"format", "jpeg"}};
  Occasion occasion = submit();
  occasion.body = &body;
  occasion.input = &input;
  const std::pair<const char*, bool> rows[] = {{"body: {sent: 1}", true},
                                               {"body: {both: sent}", true},
                                               {"body: {both: filled in}", false},
                                               {"body: {format: jpeg}", true},
                                               {"body: {neither: {present: false}}", true}};
  for (const auto& row : rows) {
    CAPTURE(row.first);
    World world("rules: [{ when: {" + std::string(row.first) + "}, then: {} }]");
    CHECK(world.ask(occasion).rules.empty() != row.second);
  }
}

TEST_CASE("header fields are found whatever their case, query parameters decoded") {
  const http::Headers headers = {{"X-Fal-Priority", "low"}, {"content-length", "42"}};
  Occasion occasion = submit("fal");
  occasion.headers = &headers;
  occasion.query = "logs=1&note=a%20b+c&empty=&flag&x=1&x=2";
  const ConditionRow rows[] = {
      {"header: {x-fal-priority: low}", true},
      {"header: {X-FAL-PRIORITY: low}", true},
      {"header: {x-fal-priority: Low}", false},
      {"header: {x-fal-priority: {matches: '^l'}}", true},
      {"header: {content-length: {above: 41}}", true},
      {"header: {content-length: 42}", true},
      {"header: {x-other: {present: false}}", true},
      {"header: {x-other: a}", false},
      {"query: {logs: 1}", true},
      {"query: {logs: {present: true}}", true},
      {"query: {note: a b c}", true},
      {"query: {empty: ''}", true},
      {"query: {flag: {present: true}}", true},
      {"query: {missing: {present: true}}", false},
      {"query: {x: 1}", true},
      {"query: {x: 2}", false},
  };
  for (const ConditionRow& row : rows) {
    CAPTURE(row.when);
    CHECK(matches(row.when, occasion) == row.matches);
  }
  occasion.headers = nullptr;
  occasion.query = "";
  CHECK_FALSE(matches("header: {x-fal-priority: low}", occasion));
  CHECK(matches("query: {logs: {present: false}}", occasion));
}

TEST_CASE("a span of sandbox time begins with its first instant and ends before its last") {
  Occasion occasion = submit();
  const std::pair<Duration, bool> rows[] = {
      {0s, false}, {10min - 1ns, false}, {10min, true}, {20min - 1ns, true}, {20min, false}};
  for (const auto& row : rows) {
    CAPTURE(row.first.count());
    occasion.age = row.first;
    CHECK(matches("between: [10m, 20m]", occasion) == row.second);
  }
}

}  // namespace
}  // namespace emulator::scenario
