#include "emulator/contract/own_routes.h"

#include <doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "emulator/contract/contract.h"

namespace emulator::contract {
namespace {

// All problems of a contract whose routes are `routes`, one a line; "" when it loads.
std::string problems_of(const std::string& routes, const std::vector<std::string_view>& answered,
                        const std::vector<Source>& overrides = {}) {
  const auto contract =
      load({"c.yaml", "provider: acme\n---\nroutes: " + routes + "\n"}, overrides, {}, answered);
  std::string text;
  if (!contract)
    for (const std::string& problem : contract.error()) text += problem + "\n";
  return text;
}

TEST_CASE("routes and the calls that code answers are held against each other") {
  struct Row {
    const char* routes;  // begins at 3:9 of the file
    std::vector<std::string_view> answered;
    const char* problem;  // "" : none
  };
  const Row rows[] = {
      {"{ me: { on: account, door: d, method: GET, path: /me } }", {"me"}, ""},
      {"{ put: { on: upload, door: d, method: PUT, path: /f } }", {"put"}, ""},
      {"{ job: { on: poll, door: d, method: GET, path: /job } }", {}, ""},
      {"{ video: { on: account, door: d, method: GET, path: /v, emulated: false } }", {}, ""},
      // A user may switch off what code answers.
      {"{ me: { on: account, door: d, method: GET, path: /me, emulated: false } }", {"me"}, ""},
      {"{ me: { on: account, door: d, method: GET, path: /me, emulated: true } }", {"me"}, ""},
      {"{ me: { on: account, door: d, method: GET, path: /me } }",
       {},
       "c.yaml:3:11: no code answers the route \"me\" (`on: account`); with `emulated: false` in "
       "it "
       "the answer is a scenario's `reply`, or else 501\n"},
      {"{ put: { on: upload, door: d, method: PUT, path: /f } }",
       {},
       "c.yaml:3:11: no code answers the route \"put\" (`on: upload`); with `emulated: false` in "
       "it "
       "the answer is a scenario's `reply`, or else 501\n"},
      {"{ credit: { on: account, door: d, method: GET, path: /me } }",
       {"credits"},
       "c.yaml:3:9: \"routes\" has no \"credits\", a call that the emulator's code answers; did "
       "you "
       "mean \"credit\"?\n"
       "c.yaml:3:11: no code answers the route \"credit\" (`on: account`); with `emulated: false` "
       "in "
       "it the answer is a scenario's `reply`, or else 501; did you mean \"credits\"?\n"},
      {"{ job: { on: poll, door: d, method: GET, path: /job } }",
       {"me"},
       "c.yaml:3:9: \"routes\" has no \"me\", a call that the emulator's code answers\n"},
      {"{ me: { on: poll, door: d, method: GET, path: /me } }",
       {"me"},
       "c.yaml:3:11: the route \"me\" is `on: poll`, and the emulator's code answers it as a call "
       "of "
       "the provider's own: it is `on: account` or `on: upload`\n"},
      {"{ job: { on: poll, door: d, method: GET, path: /job, emulated: false } }",
       {},
       "c.yaml:3:11: the route \"job\" is `on: poll`: `emulated: false` is for calls of the "
       "provider's own, `on: account` and `on: upload`\n"},
      {"{ me: { on: account, door: d, method: GET, path: /me } }",
       {"me", "me"},
       "c.yaml:3:9: the emulator's code answers the route \"me\" twice\n"},
      {"{ me: { on: account, door: d, method: GET, path: /me, emulated: no } }",
       {"me"},
       "c.yaml:3:73: expected true or false under \"emulated\", got \"no\"\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.routes);
    CHECK(problems_of(row.routes, row.answered) == row.problem);
  }
}

TEST_CASE("a route of a user's file is held against the code at its place, with all else wrong") {
  const std::string base = "{ me: { on: account, door: d, method: GET, path: /me } }";
  const Source mine{"mine.yaml",
                    "provider: acme\n"
                    "routes: { usage: { on: account, door: d, method: GET, path: /usage } }\n"
                    "refusals: [conflct]\n"};
  CHECK(
      problems_of(base, {"me"}, {mine}) ==
      "mine.yaml:2:11: no code answers the route \"usage\" (`on: account`); with `emulated: false` "
      "in it the answer is a scenario's `reply`, or else 501\n"
      "mine.yaml:3:12: unknown word \"conflct\" under \"refusals\"; did you mean \"conflict\"?\n");
}

TEST_CASE("without the code's own calls no route is held against anything") {
  CHECK(load({"c.yaml",
              "provider: acme\n---\nroutes: { me: { on: account, door: d, method: GET, "
              "path: /me } }\n"}));
}

}  // namespace
}  // namespace emulator::contract
