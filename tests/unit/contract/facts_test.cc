#include "emulator/contract/facts.h"

#include <doctest.h>

#include "emulator/contract/contract.h"

// Values of a contract in typed members, and what is said of those that do not fit.
namespace emulator::contract {
namespace {

using namespace std::chrono_literals;

struct Opening {
  unsigned from = 0;
  unsigned until = 24;
};

std::span<const FactRow> fact_rows(const Opening*) {
  static constexpr FactRow kRows[] = {
      needed<&Opening::from>("from", "the hour it opens", from_to(0, 24)),
      fact<&Opening::until>("until", "the hour it closes", from_to(0, 24)),
  };
  return kRows;
}

struct Shop {
  Duration link_life{0};
  std::string form = "durable";
  std::string name;
  int count = 1;
  double share = 0;
  bool open = false;
  std::vector<std::string> names;
  std::map<std::string, unsigned, std::less<>> shelves;
  std::vector<std::pair<std::string, int>> order;
  std::optional<int> most;
  std::vector<Opening> hours;
  std::shared_ptr<const Pattern> pattern;
};

std::span<const FactRow> fact_rows(const Shop*) {
  static constexpr FactRow kRows[] = {
      fact<&Shop::link_life>("link_life_here", "how long a link is good for"),
      fact<&Shop::form>("form", "form of links", one_of("durable, results")),
      fact<&Shop::name>("name", "its name"),
      fact<&Shop::count>("count", "how many", from_to(1, 9)),
      fact<&Shop::share>("share", "how much", from_to(0, 1)),
      fact<&Shop::open>("open", "whether it is open"),
      fact<&Shop::names>("names", "who is there"),
      fact<&Shop::shelves>("shelves", "by name"),
      fact<&Shop::order>("order", "by name, in order"),
      fact<&Shop::most>("most", "at most so many"),
      fact<&Shop::hours>("hours", "when it is open"),
      fact<&Shop::pattern>("pattern", "what fits"),
  };
  return kRows;
}

constexpr const char* kShopRoutes =
    "routes: { paint: { on: submit, door: api, method: POST, path: /paint } }\n";

Result<Contract, std::vector<std::string>> shop_with(const std::string& values,
                                                     const std::vector<Source>& over = {}) {
  return load({"c.yaml", "provider: acme\n---\nvalues: { " + values + " }\n" + kShopRoutes}, over,
              {table_of<Shop>()});
}

TEST_CASE("values are read into the members that their names are bound to") {
  const auto contract = shop_with(R"(link_life_here: { value: 10m, about: how long }, form: results,
    name: "5", count: 9, share: 0.5, open: true, names: [a, b], shelves: { a: 1, b: 2 },
    order: { z: 1, a: 2 }, most: null, hours: [{ from: 8, until: 12 }, { from: 14 }],
    pattern: "a+", poll_floor: 2s, webhook_schedule: [1s, { times: 2, wait: 5m }])");
  if (!contract) FAIL(contract.error().front());
  const Shop& shop = contract->facts<Shop>();
  CHECK(shop.link_life == 10min);
  CHECK(shop.form == "results");
  CHECK(shop.name == "5");
  CHECK(shop.count == 9);
  CHECK(shop.share == 0.5);
  CHECK(shop.open);
  CHECK(shop.names == std::vector<std::string>{"a", "b"});
  CHECK(shop.shelves.at("b") == 2);
  CHECK(shop.order == std::vector<std::pair<std::string, int>>{{"z", 1}, {"a", 2}});
  CHECK(!shop.most);
  REQUIRE(shop.hours.size() == 2);
  CHECK(shop.hours[0].until == 12);
  CHECK(shop.hours[1].until == 24);
  CHECK(matches_whole(*shop.pattern, "aaa"));
  CHECK(!matches_whole(*shop.pattern, "aab"));
  CHECK(contract->common.poll_floor == 2s);
  CHECK(contract->common.webhook_schedule.each == std::vector<Duration>{1s, 5min, 5min});
}

TEST_CASE("what a contract leaves out keeps the value of its member") {
  const auto contract = shop_with("");
  REQUIRE(contract);
  CHECK(contract->facts<Shop>().form == "durable");
  CHECK(contract->facts<Shop>().count == 1);
  CHECK(contract->common.poll_patience == 10min);
  CHECK(!contract->common.any_endpoint);
}

TEST_CASE("a value that does not fit is told with its place, its cause and what fits") {
  struct Row {
    const char* values;  // they begin at 3:11
    const char* problem;
  };
  constexpr Row kRows[] = {
      {"nmae: x", "3:11: unknown value \"nmae\"; did you mean \"name\"?"},
      {"pol_floor: 2s", "3:11: unknown value \"pol_floor\"; did you mean \"poll_floor\"?"},
      {"nothing_like_it: 1", "3:11: unknown value \"nothing_like_it\""},
      {"poll_floor: soon",
       "3:23: \"poll_floor\": expected a duration such as 250ms, 3s, 1.5s, 10m, 2h or 7d, got "
       "\"soon\""},
      {"poll_floor: 5",
       "3:23: \"poll_floor\": a duration needs a unit (ms, s, m, h or d), got \"5\""},
      {"poll_floor: 5 minutes",
       "3:23: \"poll_floor\": expected a duration such as 250ms, 3s, 1.5s, 10m, 2h or 7d, got "
       "\"5 minutes\""},
      {"poll_floor: [1s]",
       "3:23: expected a duration such as 10m under \"poll_floor\", got a list"},
      {"form: durabel",
       "3:17: \"form\" is one of durable, results, not \"durabel\"; did you mean \"durable\"?"},
      {"form: { a: 1 }", "3:17: expected one of durable, results under \"form\", got a mapping"},
      {"name: 5", "3:17: expected a text (in quotes) under \"name\", got \"5\""},
      {"name: [a]", "3:17: expected a text under \"name\", got a list"},
      {"count: 10", "3:18: expected an integer from 1 to 9 under \"count\", got \"10\""},
      {"count: 1.5", "3:18: expected an integer from 1 to 9 under \"count\", got \"1.5\""},
      {"count: many", "3:18: expected an integer from 1 to 9 under \"count\", got \"many\""},
      {"active_limit: -1",
       "3:25: expected an integer of at least 0 under \"active_limit\", got \"-1\""},
      {"share: 2", "3:18: expected a number from 0 to 1 under \"share\", got \"2\""},
      {"open: yes", "3:17: expected true or false under \"open\", got \"yes\""},
      {"names: a", "3:18: expected a list under \"names\", got \"a\""},
      {"names: [a, [b]]", "3:22: expected a text under \"names\", got a list"},
      {"shelves: [1]", "3:20: expected a mapping under \"shelves\", got a list"},
      {"shelves: { a: x }", "3:25: expected an integer of at least 0 under \"shelves\", got \"x\""},
      {"hours: [{ until: 3 }]", "3:19: \"hours\" has no \"from\""},
      {"hours: [{ from: 3, untl: 4 }]",
       "3:30: unknown key \"untl\" under \"hours\"; did you mean \"until\"?"},
      {"hours: [{ from: 25 }]",
       "3:27: expected an integer from 0 to 24 under \"from\", got \"25\""},
      {"pattern: \"(\"", "3:20: the pattern is not valid: missing ): ("},
      {"keyless_routes: [pain]",
       "3:28: no route \"pain\" under \"keyless_routes\"; did you mean \"paint\"?"},
      {"listing_routes: [list]", "3:28: no route \"list\" under \"listing_routes\""},
      {"rate_limit: { window: 1m }", "3:23: \"rate_limit\" has no \"submissions\""},
      {"webhook_schedule: [1s, soon]",
       "3:34: \"webhook_schedule\": expected a duration such as 250ms, 3s, 1.5s, 10m, 2h or 7d, "
       "got \"soon\""},
      {"webhook_schedule: [{ times: 5000, wait: 1s }]",
       "3:39: expected an integer from 0 to 1000 under \"times\", got \"5000\""},
      {"webhook_schedule: [{ times: 600, wait: 1s }, { times: 600, wait: 1s }]",
       "3:56: \"webhook_schedule\" has 1,000 attempts or more"},
      {"webhook_schedule_large: { from: 10 }",
       "3:35: \"webhook_schedule_large\" has no \"schedule\""},
      {"webhook_time_limits: [0s]",
       "3:33: expected a duration of more than 0 under \"webhook_time_limits\", got \"0s\""},
      {"webhook_settled: [9xx]",
       "3:29: expected a status such as 410 or 3xx under \"webhook_settled\", got \"9xx\""},
      {"inactive_key: gone",
       "3:25: \"inactive_key\" is one of unauthenticated, forbidden, not \"gone\""},
      {"incoming_pictures: { forms: [texts] }",
       "3:40: \"forms\" is one of text, data, address, not \"texts\"; did you mean \"text\"?"},
      {"incoming_pictures: { file: { mising: null } }",
       "3:40: unknown fault \"mising\" under \"file\"; did you mean \"missing\"?"},
      {"incoming_pictures: { file: { missing: refuse } }",
       "3:49: expected refuse NAME, fail NAME or null under \"missing\", got \"refuse\""},
      {"model_kinds: [{ a: [b], c: [d] }]", "3:25: a row of \"model_kinds\" has one kind"},
      {"deprecated: [{ instead: x }]",
       "3:24: an entry of \"deprecated\" names an endpoint, a host or a route"},
      {"client_rules: { paid-twic: {} }",
       "3:27: unknown finding \"paid-twic\" under \"client_rules\"; did you mean \"paid-twice\"?"},
      {"empty_result: { on: pol, patch: {} }",
       "3:31: unknown word \"pol\" under \"on\"; did you mean \"poll\"?"},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.values));
    const auto contract = shop_with(row.values);
    REQUIRE(!contract);
    REQUIRE(contract.error().size() == 1);
    CHECK(contract.error().front() == std::string("c.yaml:") + row.problem);
  }
}

TEST_CASE("all mistakes of a contract and of what is laid over it come at once") {
  const auto contract =
      shop_with("count: 0, poll_floor: 5",
                {{"mine.yaml", "provider: acme\nvalues:\n  count: 12\n  nmae: x\n  names: [1]\n"}});
  REQUIRE(!contract);
  CHECK(contract.error() ==
        std::vector<std::string>{
            "c.yaml:3:33: \"poll_floor\": a duration needs a unit (ms, s, m, h or d), got \"5\"",
            "mine.yaml:3:10: expected an integer from 1 to 9 under \"count\", got \"12\"",
            "mine.yaml:4:3: unknown value \"nmae\"; did you mean \"name\"?",
            "mine.yaml:5:11: expected a text (in quotes) under \"names\", got \"1\""});
}

TEST_CASE("a row says what may be written") {
  struct Row {
    const char* name;
    const char* kind;
  };
  constexpr Row kRows[] = {
      {"link_life_here", "a duration such as 10m"},
      {"form", "one of durable, results"},
      {"count", "an integer from 1 to 9"},
      {"share", "a number from 0 to 1"},
      {"names", "a list, each a text"},
      {"shelves", "a mapping from names, each an integer of at least 0"},
      {"most", "an integer of at least 0, or null"},
      {"hours", "a list, each a mapping of from, until"},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.name));
    for (const FactRow& fact : table_of<Shop>().rows)
      if (fact.name == row.name) CHECK(fact.kind(fact) == row.kind);
  }
}

struct OfEndpoint {
  std::string units = "image";
  std::vector<Opening> hours;
};

std::span<const FactRow> fact_rows(const OfEndpoint*) {
  static constexpr FactRow kRows[] = {
      fact<&OfEndpoint::units>("units", "how use is billed", one_of("image, megapixel")),
      fact<&OfEndpoint::hours>("hours", "when it is open"),
  };
  return kRows;
}

struct OfField {
  bool hidden = false;
};

std::span<const FactRow> fact_rows(const OfField*) {
  static constexpr FactRow kRows[] = {fact<&OfField::hidden>("hidden", "not listed")};
  return kRows;
}

struct OfError {
  int code = 7;
  std::string text;
};

std::span<const FactRow> fact_rows(const OfError*) {
  static constexpr FactRow kRows[] = {fact<&OfError::code>("code", "its number"),
                                      needed<&OfError::text>("text", "what it says")};
  return kRows;
}

Result<Contract, std::vector<std::string>> shop_of(const std::string& facts,
                                                   FactTable error = table_of<OfError>()) {
  return load({"c.yaml", "provider: acme\n---\n" + facts}, {},
              {table_of<Shop>(), table_of<OfEndpoint>(), table_of<OfField>(), error});
}

TEST_CASE("extra and task_errors are read by the provider's tables, and as they begin without") {
  const auto contract = shop_of(R"(endpoints:
  a: { extra: { units: megapixel, route: edit }, fields: { f: { type: string, extra: { hidden: true } }, g: string } }
  b: { like: a, extra: { hours: [{ from: 3 }] } }
  c: { fields: { f: { type: enum, of: [x], extra: { literal: true } } } }
task_errors: { dark: { text: Too dark }, gone: { code: 9, text: Gone } }
)");
  if (!contract) FAIL(contract.error().front());
  const auto& of_b = contract->endpoint("b")->own.as<OfEndpoint>();
  CHECK((of_b.units == "megapixel" && of_b.hours.size() == 1));
  CHECK(contract->endpoint("b")->route == "edit");
  CHECK(contract->endpoint("c")->own.as<OfEndpoint>().units == "image");
  CHECK(contract->endpoint("b")->field("f")->own.as<OfField>().hidden);
  CHECK_FALSE(contract->endpoint("b")->field("g")->own.as<OfField>().hidden);
  CHECK(contract->endpoint("c")->field("f")->literal);
  REQUIRE(contract->task_error<OfError>("dark") != nullptr);
  CHECK(contract->task_error<OfError>("dark")->code == 7);
  CHECK(contract->task_error<OfError>("gone")->code == 9);
  CHECK(contract->task_error<OfError>("late") == nullptr);
  const auto texts = shop_of("task_errors: { dark: Too dark }", table_of<std::string>());
  REQUIRE(texts);
  CHECK(*texts->task_error<std::string>("dark") == "Too dark");
}

TEST_CASE("what does not fit in extra and task_errors is told once, with its place") {
  struct Row {
    const char* facts;  // at 3:1
    const char* problem;
  };
  constexpr Row kRows[] = {
      {"endpoints: { a: { extra: { unit: image } } }",
       "3:28: unknown key \"unit\" under \"extra\"; did you mean \"units\"?"},
      {"endpoints: { a: { extra: { rout: x } } }",
       "3:28: unknown key \"rout\" under \"extra\"; did you mean \"route\"?"},
      {"endpoints: { a: { extra: { units: picture } }, b: { like: a } }",
       "3:35: \"units\" is one of image, megapixel, not \"picture\""},
      {"endpoints: { a: { extra: { hours: [{ until: 3 }] } }, b: { like: a } }",
       "3:36: \"hours\" has no \"from\""},
      {"endpoints: { a: { extra: [units] } }",
       "3:26: expected a mapping under \"extra\", got a list"},
      {"endpoints: { a: { fields: { f: { type: string, extra: { hiden: true } } } } }",
       "3:57: unknown key \"hiden\" under \"extra\"; did you mean \"hidden\"?"},
      {"endpoints: { a: { fields: { f: { type: string, extra: { imge: true } } } } }",
       "3:57: unknown key \"imge\" under \"extra\"; did you mean \"image\"?"},
      {"task_errors: { dark: { code: x, text: y } }",
       "3:30: expected an integer of at least 0 under \"code\", got \"x\""},
      {"task_errors: { dark: { code: 5 } }", "3:22: \"dark\" has no \"text\""},
      {"task_errors: { dark: Too dark }",
       "3:22: expected a mapping under \"dark\", got \"Too dark\""},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.facts));
    const auto contract = shop_of(row.facts);
    REQUIRE_FALSE(contract);
    CHECK(contract.error() == std::vector<std::string>{std::string("c.yaml:") + row.problem});
  }
}

}  // namespace
}  // namespace emulator::contract
