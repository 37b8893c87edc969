#include "emulator/scenario/facts.h"

#include <doctest.h>

#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

Json fact(std::string_view name) {
  if (name == "id") return "1f";
  if (name == "seed") return std::uint64_t{18'446'744'073'709'551'615u};
  return nullptr;
}

TEST_CASE("facts in braces are filled in, doubled braces are a text, others stay") {
  CHECK(with_facts("/requests/{id}/response", fact) == "/requests/1f/response");
  CHECK(with_facts("{id}{id}-{seed}", fact) == "1f1f-18446744073709551615");
  CHECK(with_facts("{{id}} is {id}", fact) == "{id} is 1f");
  CHECK(with_facts("{cost}|", fact) == "|");
  for (const char* plain : {"", "{", "}", "{}", "{{}}", "{ id }", "{ID}", "{\"a\":{\"b\":1}}",
                            "{id", "a{{id}", "body { color: red }"}) {
    CAPTURE(plain);
    if (std::string_view(plain) == "a{{id}")
      CHECK(with_facts(plain, fact) == "a{1f");
    else
      CHECK(with_facts(plain, fact) == plain);
  }
}

TEST_CASE("a text of a patch that is nothing but a fact becomes the fact") {
  const Json worded = {{"url", "http://x/1"}, {"list", {"a", "b"}}, {"n", 3}};
  const Json patch = {{"url", "{was}/response"},
                      {"n", "{was}"},
                      {"seed", "{seed}"},
                      {"gone", "{cost}"},
                      {"list", {"{was}", "{was}!", "{was}"}},
                      {"new", {{"id", "{id}"}, {"kept", 1}}}};
  const Json filled = patch_with_facts(patch, worded, fact);
  CHECK(filled["url"] == "http://x/1/response");
  CHECK(filled["n"] == 3);
  CHECK(filled["seed"] == 18'446'744'073'709'551'615u);
  CHECK(filled["gone"].is_null());
  CHECK(filled["list"] == Json{"a", "b!", nullptr});
  CHECK(filled["new"] == Json{{"id", "1f"}, {"kept", 1}});
}

TEST_CASE("a word in braces that is no fact is an error that says how to write it") {
  const auto reply = [](const std::string& text) {
    return problems_of("rules: [{ when: {on: poll}, then: { reply: {" + text + "} } }]");
  };
  CHECK(reply("patch: {a: {b: [\"{id}/{was}\", \"{{task}}\", \"{ x }\"]}}") == "");
  CHECK(reply("headers: {x-a: \"{sandbox}\"}") == "");
  CHECK(reply("body: \"{task}\"") == "");  // sent as it stands
  CHECK(reply("patch: {a: {b: [\"{sed}\"]}}") ==
        "f:1:61: unknown fact \"{sed}\"; did you mean \"{seed}\"? Else write \"{{sed}}\" for the "
        "text itself");
  CHECK(
      reply("headers: {x-a: \"{whatever}\"}") ==
      "f:1:60: unknown fact \"{whatever}\"; known are id, endpoint, prompt, seed, cost, accepted, "
      "now, provider, sandbox, request, elsewhere and was; write \"{{whatever}}\" for the text "
      "itself");
}

TEST_CASE("the page on the format names every fact") {
  const std::string page = file_text("docs/scenario-format.md");
  for (const FactName& known : kFacts) {
    CAPTURE(known.name);
    CHECK(page.find("| `{" + std::string(known.name) + "}` |") != std::string::npos);
  }
}

}  // namespace
}  // namespace emulator::scenario
