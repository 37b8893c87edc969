#include <doctest.h>

#include "emulator/contract/contract.h"

namespace emulator::contract {
namespace {

// All problems, one a line.
std::string joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += problem + "\n";
  return text;
}

std::string problems_of(const std::string& facts, const std::vector<Source>& overrides = {}) {
  const auto contract = load({"c.yaml", "provider: acme\n---\n" + facts}, overrides);
  return contract ? std::string() : joined(contract.error());
}

TEST_CASE("a mistake in a contract is told with its place and the nearest word") {
  struct Row {
    const char* facts;  // its first line is line 3 of the file
    const char* problem;
  };
  constexpr Row rows[] = {
      {"route: {}", "3:1: unknown key \"route\"; did you mean \"routes\"?"},
      {"hosts: {}", "3:1: \"hosts\" belongs into the first document"},
      {"[1]", "3:1: a contract is a mapping of keys"},
      {"routes: [1]", "3:9: expected a mapping under \"routes\", got a list"},
      {"routes: { a: { on: pol, door: api, method: GET, path: /a } }",
       "3:20: unknown word \"pol\" under \"on\"; did you mean \"poll\"?"},
      {"routes: { a: { on: poll, method: GET, path: /a } }",
       "3:11: the route \"a\" has no \"door\""},
      {"routes: { a: { on: poll, door: d, method: get, path: /a } }",
       "3:43: \"method\" is one of GET, POST, PUT, PATCH, DELETE"},
      {"routes: { a: { on: poll, door: d, method: GET, path: a } }",
       "3:54: a path must begin with \"/\""},
      {"errors: { a: { body: {} } }", "3:11: the error \"a\" has no \"http\""},
      {"errors: { a: { http: 1000 } }",
       "3:22: expected an integer of at least 100 and at most 599 under \"http\", got \"1000\""},
      {"errors: { a: { http: x } }",
       "3:22: expected an integer of at least 100 and at most 599 under \"http\", got \"x\""},
      {"errors: { a: { http: 500, txt: x } }",
       "3:27: unknown key \"txt\" in an error; did you mean \"text\"?"},
      {"errors: { a: { http: 500, body: {}, text: x } }",
       "3:43: an error has a \"body\" or a \"text\", not both"},
      {"endpoints: { b: { fields: { abc: string } }, a: { like: b, without: [abd] } }",
       "3:69: endpoint \"a\" has no field \"abd\" to leave out; did you mean \"abc\"?"},
      {"ends: [succeeded]",
       "3:8: unknown word \"succeeded\" under \"ends\"; did you mean \"succeed\"?"},
      {"ends: succeed", "3:7: expected a list under \"ends\", got \"succeed\""},
      {"refusals: [conflct]",
       "3:12: unknown word \"conflct\" under \"refusals\"; did you mean \"conflict\"?"},
      {"values: { credits: { value: 1, abuot: x } }",
       "3:32: unknown key \"abuot\" in a value with notes; did you mean \"about\"?"},
      {"values: { credits: { value: 1, guess: maybe } }",
       "3:39: expected true or false under \"guess\", got \"maybe\""},
      {"endpoints: { a: 5 }", "3:17: expected a mapping under \"a\", got \"5\""},
      {"endpoints: { a: { prize: 5 } }",
       "3:19: unknown key \"prize\" in endpoint \"a\"; did you mean \"price\"?"},
      {"endpoints: { a: { price: six } }", "3:26: expected a number under \"price\", got \"six\""},
      {"endpoints: { a: { size: { rule: aera } } }",
       "3:33: unknown rule \"aera\" under \"size\"; did you mean \"area\"?"},
      {"endpoints: { a: { size: { step: 16 } } }", "3:25: a size has no \"rule\""},
      {"endpoints: { a: { size: { rule: fields, stp: 16 } } }",
       "3:41: unknown key \"stp\" under \"size\"; did you mean \"step\"?"},
      {"endpoints: { a: { size: { rule: area, least: 9x21 } } }",
       "3:46: expected a ratio such as 16:9 under \"least\", got \"9x21\""},
      {"endpoints: { a: { size: { rule: nearest, of: [[0, 5]] } } }",
       "3:47: expected a width and a height such as [1024, 768] under \"of\", got a list"},
      {"endpoints: { a: { size: { rule: nearest } } }", "3:25: \"size\" has no \"of\""},
      {"endpoints: { a: { like: bb }, b: {} }",
       "3:25: unknown endpoint \"bb\" under \"like\"; did you mean \"b\"?"},
      {"endpoints: { a: { like: b }, b: { like: a } }", "3:41: \"like\" leads back to \"a\""},
      {"endpoints: { a: { use: [x] } }", "3:25: unknown group \"x\" under \"use\""},
      {"endpoints: { a: { fields: { abc: string }, without: [abc] } }",
       "3:53: endpoint \"a\" has no field \"abc\" to leave out"},
      {"endpoints: { a: { fields: { abc: string }, order: [abd] } }",
       "3:52: endpoint \"a\" has no field \"abd\" to order; did you mean \"abc\"?"},
      {"endpoints: { a: { fields: { f: strng } } }",
       "3:32: unknown type \"strng\" in field \"f\"; did you mean \"string\"?"},
      {"endpoints: { a: { fields: { f: { required: true } } } }",
       "3:32: no \"type\" in field \"f\""},
      {"endpoints: { a: { fields: { f: { type: string, requird: true } } } }",
       "3:48: unknown key \"requird\" in field \"f\"; did you mean \"required\"?"},
      {"endpoints: { a: { fields: { f: { type: string, min: 1 } } } }",
       "3:48: \"min\" says nothing about type \"string\" in field \"f\""},
      {"endpoints: { a: { fields: { f: { type: integer, range: [1] } } } }",
       "3:56: expected two values under \"range\", the lower and the upper limit"},
      {"endpoints: { a: { fields: { f: { type: integer, range: [5, 1] } } } }",
       "3:32: the limits leave no value in field \"f\""},
      {"endpoints: { a: { fields: { f: { type: integer, multiple_of: 0 } } } }",
       "3:62: expected an integer of at least 1 under \"multiple_of\", got \"0\""},
      {"endpoints: { a: { fields: { f: { type: string, max_length: -1 } } } }",
       "3:60: expected an integer of at least 0 under \"max_length\", got \"-1\""},
      {"endpoints: { a: { fields: { f: { type: string, role: promt } } } }",
       "3:54: unknown word \"promt\" under \"role\"; did you mean \"prompt\"?"},
      {"endpoints: { a: { fields: { f: { type: string, extra: { image: { form: [text] } } } } } }",
       "3:66: unknown key \"form\" under \"image\"; did you mean \"forms\"?"},
      {"endpoints: { a: { fields: { f: enum } } }", "3:32: no options (\"of\") in field \"f\""},
      {"endpoints: { a: { fields: { f: { type: string, pattern: \"(\" } } } }",
       "3:57: the pattern is not valid: missing ): ("},
      {"endpoints: { a: { fields: { f: { type: object, fields: { g: { type: x } } } } } }",
       "3:69: unknown type \"x\" in field \"g\""},
      {"endpoints: { a: { fields: { f: [string] } } }",
       "3:32: expected a mapping under \"f\", got a list"},
      {"endpoints: { a: }", "3:17: expected a mapping under \"a\", got nothing"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.facts));
    CHECK(problems_of(row.facts) == std::string("c.yaml:") + row.problem + "\n");
  }
}

TEST_CASE("a mistake at the doors is told") {
  const auto problem = [](const char* text) {
    const auto doors = load_doors({"d.yaml", text});
    return doors ? std::string() : doors.error().front();
  };
  CHECK(problem("hosts: {}") == "d.yaml:1:1: no \"provider\": which one is this about?");
  CHECK(problem("provider: a\nhots: {}") ==
        "d.yaml:2:1: unknown key \"hots\"; did you mean \"hosts\"?");
  CHECK(problem("provider: a\nprefixes: { a: api }") ==
        "d.yaml:2:13: a path prefix must begin with \"/\"");
  CHECK(problem("provider: a\nreal_keys: [\"[\"]") ==
        "d.yaml:2:13: the pattern is not valid: missing ]: [");
  CHECK(problem("provider: [") != "");
  CHECK(problem("") == "d.yaml: no \"provider\": which one is this about?");
}

TEST_CASE("all mistakes come at once, base first, then each override by name") {
  const std::string problems =
      problems_of("ends: [x]\nendpoints: { a: { fields: { f: { type: integer } } } }\n",
                  {{"one.yaml", "provider: acme\nendpoint: {}\nerrors: { e: { htp: 1 } }\n"},
                   {"two.yaml",
                    "provider: other\nendpoints: { a: { fields: { f: { length: [1, 2] } } }, "
                    "b: { like: c } }\n"}});
  CHECK(problems ==
        joined({
            "c.yaml:3:8: unknown word \"x\" under \"ends\"",
            "one.yaml:2:1: unknown key \"endpoint\"; did you mean \"endpoints\"?",
            "one.yaml:3:11: the error \"e\" has no \"http\"",
            "one.yaml:3:16: unknown key \"htp\" in an error; did you mean \"http\"?",
            "two.yaml:1:11: this is about \"other\", but is laid over \"acme\"",
            "two.yaml:2:34: \"length\" says nothing about type \"integer\" in field \"f\"",
            "two.yaml:2:67: unknown endpoint \"c\" under \"like\"",
        }));
}

TEST_CASE("a field that several endpoints take over is complained about once") {
  CHECK(problems_of("groups: { g: { f: { type: x } } }\n"
                    "endpoints: { a: { use: [g] }, b: { like: a }, c: { use: [g] } }") ==
        "c.yaml:3:27: unknown type \"x\" in field \"f\"\n");
}

TEST_CASE("a contract without a second document is incomplete") {
  const auto contract = load({"c.yaml", "provider: acme\n"});
  REQUIRE_FALSE(contract);
  CHECK(contract.error().front().find("c.yaml: there is no document number 2") == 0);
}

}  // namespace
}  // namespace emulator::contract
