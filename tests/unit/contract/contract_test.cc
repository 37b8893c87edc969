#include "emulator/contract/contract.h"

#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/contract/facts.h"

namespace emulator::contract {
namespace {

constexpr const char* kDoors = "provider: acme\nhosts: { api.acme.example: api }\n---\n";

// Values as they are written, under names of this test's own.
struct Written {
  Json a, b, c, noted, limit, map, list, added;
};

std::span<const FactRow> fact_rows(const Written*) {
  static constexpr FactRow kRows[] = {
      fact<&Written::a>("a", ""),         fact<&Written::b>("b", ""),
      fact<&Written::c>("c", ""),         fact<&Written::noted>("noted", ""),
      fact<&Written::limit>("limit", ""), fact<&Written::map>("map", ""),
      fact<&Written::list>("list", ""),   fact<&Written::added>("added", ""),
  };
  return kRows;
}

// What `extra` may hold here, of an endpoint and of a field.
struct Extra {
  int a = 0, b = 0;
  std::string k;
};

std::span<const FactRow> fact_rows(const Extra*) {
  static constexpr FactRow kRows[] = {fact<&Extra::a>("a", ""), fact<&Extra::b>("b", ""),
                                      fact<&Extra::k>("k", "")};
  return kRows;
}

Contract loaded(const std::string& facts, const std::vector<Source>& overrides = {}) {
  auto contract = load({"acme.yaml", kDoors + facts}, overrides,
                       {table_of<Written>(), table_of<Extra>(), table_of<Extra>(), {}});
  if (!contract) FAIL(contract.error().front());
  return *std::move(contract);
}

std::string names(const Endpoint& endpoint) {
  std::string text;
  for (const Field& field : endpoint.fields) text += field.name + " ";
  return text;
}

TEST_CASE("the doors are read alone, prefixes longest first, the rest as written") {
  const auto doors = load_doors({"acme.yaml", R"(provider: acme
source: { page: docs, read_on: 2026-01-31 }
hosts: { z.acme.example: api, "*.acme.example": delivery }
prefixes: { /a: api, /a/cdn: delivery, /b: api }
paths: { "/v1/*": api, "/a/*": api }
real_keys: ["^acme_[a-z]+$"]
--- {this document is not even: read})"});
  REQUIRE(doors);
  CHECK(doors->provider == "acme");
  REQUIRE(doors->hosts.size() == 2);
  CHECK(doors->hosts[0].name == "z.acme.example");
  CHECK(doors->hosts[1].door == "delivery");
  CHECK(doors->prefixes[0].first == "/a/cdn");
  CHECK(doors->prefixes[1].first == "/a");
  CHECK(doors->paths[0].first == "/v1/*");
  CHECK(doors->real_keys.size() == 1);
}

TEST_CASE("the doors of a user's file may stand in one document with its facts") {
  const auto doors = load_doors({"mine.yaml", "provider: acme\nvalues: { a: 1 }\n"});
  REQUIRE(doors);
  CHECK(doors->provider == "acme");
  CHECK(doors->hosts.empty());
}

TEST_CASE("scalars keep the kind in which they are written") {
  const Contract contract = loaded(R"(values:
  a: [1, 1.0, -2, +3, 0x1F, 0o17, 1e3, .5, 5., 18446744073709551615, 012]
  b: [true, False, null, ~, yes, "true", '1', 1:1, 2026-01-01, 1_000, "", -, ., 1.2.3]
  c: [.inf, -.inf]
)");
  CHECK(compact_json(contract.facts<Written>().a) ==
        "[1,1.0,-2,3,31,15,1000.0,0.5,5.0,18446744073709551615,12]");
  CHECK(compact_json(contract.facts<Written>().b) ==
        R"([true,false,null,null,"yes","true","1","1:1","2026-01-01","1_000","","-",".","1.2.3"])");
  CHECK(compact_json(contract.facts<Written>().c) == "[Infinity,-Infinity]");
  CHECK(contract.facts<Written>().list.is_null());
}

TEST_CASE("routes, statuses, errors and words are read as written") {
  const Contract contract = loaded(R"(routes:
  submit: { on: submit, door: api, method: POST, path: "/v1/{endpoint}" }
  get:    { on: poll, door: api, method: GET, path: /v1/get_result }
statuses: { queued: Pending, code: 5 }
errors:
  unauthenticated: { http: 403, body: { detail: Not authenticated, list: [1, 2.0] } }
  server_error: { http: 500, text: Oops, type: text/plain, headers: { a: b, c: 1 } }
task_errors: { dark: { code: 17 }, light: too light }
ends: [succeed, timed_out]
refusals: [rate_limited, not_found]
)");
  REQUIRE(contract.routes.size() == 2);
  CHECK(contract.routes[0].name == "submit");
  CHECK(contract.routes[0].on == On::kSubmit);
  CHECK(contract.routes[1].method == "GET");
  CHECK(contract.routes[1].path == "/v1/get_result");
  CHECK(contract.statuses.at("code") == "5");
  const ErrorText& first = contract.errors.at("unauthenticated");
  CHECK(first.http == 403);
  CHECK(compact_json(first.body) == R"({"detail":"Not authenticated","list":[1,2.0]})");
  const ErrorText& second = contract.errors.at("server_error");
  CHECK(second.body.is_null());
  CHECK(second.text == "Oops");
  CHECK(second.content_type == "text/plain");
  CHECK(second.headers == std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", "1"}});
  CHECK(contract.task_errors.at("light").written == "too light");
  CHECK(contract.ends == std::vector<End>{End::kSucceed, End::kTimedOut});
  CHECK(contract.refusals ==
        std::vector<RefusalKind>{RefusalKind::kRateLimited, RefusalKind::kNotFound});
}

TEST_CASE("a field carries what its keys say") {
  const Contract contract = loaded(R"(endpoints:
  e:
    price: 1.5
    closed: true
    size: { rule: fields, default: [512, 256], step: 8 }
    fields:
      a: string
      b: { type: integer, required: true, nullable: true, default: 3, range: [-1, 6], multiple_of: 2 }
      c: { type: number, min: 0.5, above: 0, below: 10, default: null }
      d: { of: [jpeg, 5, true] }
      e: { type: string, length: [1, 5], pattern: "^x" }
      f: { type: array, max_length: 3, items: { type: object, closed: true, fields: { g: url } } }
      h: { type: any, extra: { k: v } }
)");
  const Endpoint* endpoint = contract.endpoint("e");
  REQUIRE(endpoint);
  CHECK(endpoint->price == 1.5);
  CHECK(endpoint->closed);
  const auto* size = std::get_if<FieldsSize>(&endpoint->size);
  REQUIRE(size);
  CHECK((size->usual.width == 512 && size->usual.height == 256 && size->step == 8));
  CHECK(names(*endpoint) == "a b c d e f h ");
  const Field& b = *endpoint->field("b");
  CHECK((b.required && b.nullable && b.type == Type::kInteger));
  CHECK((*b.min == -1 && *b.max == 6 && *b.multiple_of == 2 && *b.default_value == 3));
  const Field& c = *endpoint->field("c");
  CHECK((*c.min == 0.5 && *c.above == 0 && *c.below == 10 && !c.max));
  CHECK((c.default_value && c.default_value->is_null()));
  CHECK(endpoint->field("d")->type == Type::kEnum);
  CHECK(compact_json(endpoint->field("d")->options) == R"(["jpeg",5,true])");
  CHECK(*endpoint->field("e")->max_length == 5);
  CHECK(endpoint->field("e")->compiled != nullptr);
  const Field& f = *endpoint->field("f");
  CHECK((f.items && f.items->closed && f.items->fields[0].type == Type::kUrl));
  CHECK(endpoint->field("h")->own.as<Extra>().k == "v");
  CHECK(endpoint->field("z") == nullptr);
  CHECK_FALSE(endpoint->field("a")->default_value);
  CHECK(contract.endpoint("z") == nullptr);
}

TEST_CASE("endpoints are put together from like, groups and their own fields") {
  const Contract contract = loaded(R"(groups:
  hooks: { url: { type: url, length: [1, 9] }, secret: string }
  seeds: { seed: { type: integer, nullable: true } }
endpoints:
  later: { like: base, without: [raw], fields: { size: string, prompt: { required: true } } }
  base:
    price: 6
    extra: { a: 1, b: 2 }
    use: [seeds]
    fields: { prompt: { type: string, default: "" }, raw: boolean, seed: { default: 7 } }
  after: { fields: { x: string, secret: { type: string, default: mine } }, use: [hooks] }
  third: { like: later, use: [hooks], extra: { b: 3 }, order: [secret, prompt], price: 0 }
  whole: { like: base, fields: { prompt: { type: string, required: true } } }
)",
                                   {});
  CHECK(names(*contract.endpoint("base")) == "seed prompt raw ");
  CHECK(*contract.endpoint("base")->field("seed")->default_value == 7);
  CHECK(contract.endpoint("base")->field("seed")->nullable);
  CHECK(names(*contract.endpoint("later")) == "seed prompt size ");
  CHECK(contract.endpoint("later")->field("prompt")->required);
  CHECK(contract.endpoint("later")->field("prompt")->default_value);
  CHECK(contract.endpoint("later")->price == 6);
  CHECK(names(*contract.endpoint("after")) == "x secret url ");
  CHECK(*contract.endpoint("after")->field("secret")->default_value == "mine");
  CHECK(names(*contract.endpoint("third")) == "secret prompt seed size url ");
  const Extra& extra = contract.endpoint("third")->own.as<Extra>();
  CHECK((extra.a == 1 && extra.b == 3));
  CHECK(contract.endpoint("third")->price == 0);
  CHECK_FALSE(contract.endpoint("whole")->field("prompt")->default_value);
  CHECK(contract.endpoints.front().id == "later");
}

TEST_CASE("values have a short and a long form") {
  const Contract contract = loaded(R"(values:
  a: { a: 1 }
  b: { value: { value: 2 }, about: What it is, source: page 3, guess: true }
  noted: { value: 5, source: page 4 }
)");
  CHECK(contract.values == Json{{"a", {{"a", 1}}}, {"b", {{"value", 2}}}, {"noted", 5}});
  CHECK(contract.value_notes.at("b") == "What it is (page 3)");
  CHECK(contract.value_notes.at("noted") == "page 4");
  CHECK(contract.guesses == std::vector<std::string>{"b"});
}

TEST_CASE("overrides merge mappings and replace the rest, in order") {
  const std::string facts = R"(errors: { full: { http: 429, body: { detail: { a: 1, b: 2 } } } }
endpoints:
  base: { price: 6, fields: { prompt: { type: string, default: "" }, mode: { of: [a, b] } } }
values:
  limit: { value: 24, about: Active tasks, guess: true }
  map: { a: 1, b: 2 }
  list: [1, 2]
)";
  const Contract contract =
      loaded(facts, {{"one.yaml", R"(provider: acme
hosts: { mine.example: api }
errors: { full: { http: 503, body: { detail: { b: 3, c: 4 } } } }
endpoints:
  base: { fields: { prompt: { required: true }, mode: { of: [c] } } }
  own: { like: base, fields: { more: integer } }
values: { limit: 2, map: { b: 5 }, list: [3], added: 1 }
)"},
                     {"two.yaml", "provider: acme\n---\nvalues: { limit: 3 }\n"}});
  CHECK(contract.doors.hosts.size() == 2);
  const ErrorText& full = contract.errors.at("full");
  CHECK(full.http == 503);
  CHECK(compact_json(full.body) == R"({"detail":{"a":1,"b":3,"c":4}})");
  CHECK(contract.endpoint("base")->field("prompt")->required);
  CHECK(compact_json(contract.endpoint("base")->field("mode")->options) == R"(["c"])");
  CHECK(names(*contract.endpoint("own")) == "prompt mode more ");
  CHECK(contract.endpoint("own")->price == 6);
  const Written& values = contract.facts<Written>();
  CHECK(values.limit == 3);
  CHECK(contract.value_notes.at("limit") == "Active tasks");
  CHECK(values.map == Json{{"a", 1}, {"b", 5}});
  CHECK(values.list == Json{3});
  CHECK(values.added == 1);
}

}  // namespace
}  // namespace emulator::contract
