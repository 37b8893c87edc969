// What a contract says of the programs around its provider: `sdk`, `profiles`, `target_headers`,
// `trigger`.
#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/contract/contract.h"

using namespace std::chrono_literals;

namespace emulator::contract {
namespace {

Doors doors_of(const std::string& text) {
  const auto doors = load_doors({"c.yaml", "provider: acme\n" + text});
  if (!doors) FAIL(doors.error().front());
  return *doors;
}

std::string problems_in_doors(const std::string& text) {
  const auto doors = load_doors({"c.yaml", "provider: acme\n" + text});
  std::string all;
  if (!doors)
    for (const std::string& problem : doors.error()) all += (all.empty() ? "" : "\n") + problem;
  return all;
}

}  // namespace

TEST_CASE("variables and hints for SDKs are kept in their order") {
  const Doors doors = doors_of(
      "sdk:\n"
      "  source: somebody's SDK\n"
      "  variables:\n"
      "    ACME_KEY: '{key}'\n"
      "    ACME_URL: { value: '{url}/acme', intercepted: false, about: why }\n"
      "  hints: ['new Acme({ baseURL: X })']\n");
  REQUIRE(doors.sdk.variables.size() == 2);
  CHECK(doors.sdk.variables[0].name == "ACME_KEY");
  CHECK(doors.sdk.variables[0].text == "{key}");
  CHECK(doors.sdk.variables[0].intercepted);
  CHECK(doors.sdk.variables[1].text == "{url}/acme");
  CHECK_FALSE(doors.sdk.variables[1].intercepted);
  CHECK(doors.sdk.hints == std::vector<std::string>{"new Acme({ baseURL: X })"});
}

TEST_CASE("profiles have single times or ranges, and a source") {
  const Doors doors = doors_of(
      "profiles:\n"
      "  acme-one: { run: 5s, source: one record }\n"
      "  acme-two: { queue: 500ms..2s, endpoints: ['brush-*', paint], source: two records }\n");
  REQUIRE(doors.profiles.size() == 2);
  CHECK(doors.profiles[0].run->low == 5s);
  CHECK(doors.profiles[0].run->high == 5s);
  CHECK_FALSE(doors.profiles[0].queue);
  CHECK(doors.profiles[1].queue->low == 500ms);
  CHECK(doors.profiles[1].queue->high == 2s);
  CHECK(doors.profiles[1].source == "two records");
  CHECK(doors.profiles[0].endpoints.empty());
  CHECK(doors.profiles[1].endpoints == std::vector<std::string>{"brush-*", "paint"});
}

TEST_CASE("a file laid over adds variables and profiles, and replaces what it names again") {
  const auto contract =
      load({"c.yaml",
            "provider: acme\nsdk: { variables: { A: '1', B: '{key}' } }\n"
            "profiles: { acme-one: { run: 5s, source: s } }\n---\nroutes: {}\n"},
           {{"mine.yaml",
             "provider: acme\nsdk: { variables: { A: '2' } }\n"
             "profiles: { acme-one: { run: 6s }, acme-two: { run: 1s, source: mine } }\n"}});
  REQUIRE(contract);
  CHECK(contract->doors.sdk.variables[0].text == "2");
  CHECK(contract->doors.sdk.variables[1].text == "{key}");
  CHECK(contract->doors.profiles[0].run->low == 6s);
  CHECK(contract->doors.profiles[1].name == "acme-two");
}

TEST_CASE("a trigger is a submission with words in it") {
  const Doors doors = doors_of(
      "trigger: { post: '/a?to={to}', headers: { x: '{key}' }, body: { p: '{prompt}', n: 1 } }\n");
  REQUIRE(doors.trigger);
  CHECK(doors.trigger->post == "/a?to={to}");
  CHECK(compact_json(doors.trigger->body) == R"({"p":"{prompt}","n":1})");
  CHECK_FALSE(doors_of("").trigger);
}

TEST_CASE("a mistake in what programs around are told has its place, its cause and a hint") {
  struct Row {
    const char* text;  // its first line is line 2 of the file
    const char* problem;
  };
  constexpr Row rows[] = {
      {"sdk: []", "2:6: expected a mapping under \"sdk\", got a list"},
      {"sdk: { variable: {} }",
       "2:8: unknown key \"variable\" in \"sdk\"; did you mean \"variables\"?"},
      {"sdk: { variables: { acme_key: x } }",
       "2:21: a variable's name is made of A to Z, 0 to 9 and _, not \"acme_key\""},
      {"sdk: { variables: { A: '{kye}' } }",
       "2:24: nothing is filled in for \"{kye}\" here, only for {url}, {key}, {key_id}, "
       "{key_secret}; did you mean \"key\"?"},
      {"sdk: { variables: { A: { valeu: x } } }",
       "2:21: the variable \"A\" has no \"value\"\n"
       "c.yaml:2:26: unknown key \"valeu\" in a variable; did you mean \"value\"?"},
      {"sdk: { variables: { A: { value: x, intercepted: maybe } } }",
       "2:49: expected true or false under \"intercepted\", got \"maybe\""},
      {"sdk: { hints: one }", "2:15: expected a list under \"hints\", got \"one\""},
      {"profiles: { fast: { run: 1s, source: s } }",
       "2:13: the name of a profile begins with its provider's: write \"acme-fast\""},
      {"profiles: { acme-a: { source: s } }",
       "2:13: the profile \"acme-a\" has neither \"queue\" nor \"run\""},
      {"profiles: { acme-a: { run: 1s } }",
       "2:13: the profile \"acme-a\" has no \"source\": which records, how many, of when?"},
      {"profiles: { acme-a: { run: 5, source: s } }",
       "2:28: expected a duration such as 1640ms or a range 2s..5s under \"run\", got \"5\""},
      {"profiles: { acme-a: { run: 5s..2s, source: s } }",
       "2:28: the range \"5s..2s\" is reversed: write the shorter time first"},
      {"profiles: { acme-a: { run: { p50: 1s }, source: s } }",
       "2:28: expected a text under \"run\", got a mapping"},
      {"target_headers: { x-a: {} }", "2:19: \"holds\" of the header \"x-a\" is url or host"},
      {"target_headers: { x-a: { holds: hots } }",
       "2:33: \"holds\" of the header \"x-a\" is url or host; did you mean \"host\"?"},
      {"target_headers: { x-a: { holds: url, base: /a } }",
       "2:44: an address has its path: \"base\" is for \"holds: host\""},
      {"target_headers: { x-a: { holds: host, base: a/ } }",
       "2:45: \"base\" is a path such as /proxy, got \"a/\""},
      {"target_headers: { x-a: { holds: host, segments: 2 } }",
       "2:49: \"segments\" is of a \"base\", which is missing"},
      {"trigger: {}", "2:10: \"trigger\" needs \"post\", a path such as /acme/v1/pictures"},
      {"trigger: { post: /a, body: { b: [ '{t}' ] } }",
       "2:35: nothing is filled in for \"{t}\" here, only for {to}, {prompt}, {key}, {key_id}, "
       "{key_secret}, {secret}; did you mean \"to\"?"},
      {"trigger: { post: /a, body: 5 }", "2:28: expected a mapping under \"body\", got \"5\""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(problems_in_doors(row.text) == "c.yaml:" + std::string(row.problem));
  }
}

}  // namespace emulator::contract
