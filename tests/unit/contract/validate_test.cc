#include "emulator/contract/validate.h"

#include <doctest.h>

#include "emulator/base/json_text.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;

std::vector<Field> fields_of(const std::string& yaml) {
  auto contract =
      load({"c.yaml", "provider: acme\n---\nendpoints: { e: { fields: {" + yaml + "} } }"});
  if (!contract) FAIL(contract.error().front());
  return contract->endpoints[0].fields;
}

constexpr Rules kStrict{Coercion::kStrict, true, false};

// The input as text, or "violation" and the number of the kind.
std::string outcome(const std::vector<Field>& fields, std::string_view body, Rules rules = {}) {
  const auto input = validate(*decode_json(body), fields, false, rules);
  if (input) return compact_json(*input);
  std::string text = "violation";
  for (const Violation& violation : input.error())
    text += " " + std::to_string(static_cast<int>(violation.kind));
  return text;
}

std::string violation(std::initializer_list<Kind> kinds) {
  std::string text = "violation";
  for (const Kind kind : kinds) text += " " + std::to_string(static_cast<int>(kind));
  return text;
}

struct ValueRow {
  std::string_view value;
  std::string outcome;
};

void check(const std::vector<Field>& fields, std::initializer_list<ValueRow> rows,
           Rules rules = {}) {
  for (const ValueRow& row : rows) {
    CAPTURE(row.value);
    const std::string body = R"({"f":)" + std::string(row.value) + "}";
    const bool wrong = row.outcome.rfind("violation", 0) == 0;
    CHECK(outcome(fields, body, rules) == (wrong ? row.outcome : R"({"f":)" + row.outcome + "}"));
  }
}

TEST_CASE("integers are taken from whatever pydantic takes them from") {
  check(fields_of("f: integer"),
        {
            {"3", "3"},
            {"3.0", "3"},
            {"-0.0", "0"},
            {"true", "1"},
            {"false", "0"},
            {R"("3")", "3"},
            {R"(" 3 ")", "3"},
            {R"("+3")", "3"},
            {R"("-3")", "-3"},
            {R"("003")", "3"},
            {R"("3.00")", "3"},
            {R"("1_000")", "1000"},
            {"9223372036854775807", "9223372036854775807"},
            {"17454220438242315174", "17454220438242315174"},
            {"1e25", "1e+25"},
            {R"("9223372036854775808")", "9223372036854775808"},
            {"1000000000000000000000000000000", "1000000000000000000000000000000"},
            {R"("-0001000000000000000000000000000000")", "-1000000000000000000000000000000"},
            {R"("1__0")", violation({Kind::kIntParsing})},
            {R"("_1")", violation({Kind::kIntParsing})},
            {R"("1_")", violation({Kind::kIntParsing})},
            {R"("3.5")", violation({Kind::kIntParsing})},
            {R"("1e3")", violation({Kind::kIntParsing})},
            {R"("")", violation({Kind::kIntParsing})},
            {R"("-")", violation({Kind::kIntParsing})},
            {R"("0x1")", violation({Kind::kIntParsing})},
            {R"("true")", violation({Kind::kIntParsing})},
            {'"' + std::string(4301, '1') + '"', violation({Kind::kIntTooLarge})},
            {"3.5", violation({Kind::kIntFromFloat})},
            {"Infinity", violation({Kind::kFiniteNumber})},
            {"[3]", violation({Kind::kIntType})},
            {"null", violation({Kind::kNull})},
        });
}

TEST_CASE("numbers are taken from whatever pydantic takes them from") {
  check(fields_of("f: number"), {
                                    {"3", "3.0"},
                                    {"0.5", "0.5"},
                                    {"true", "1.0"},
                                    {R"("0.5")", "0.5"},
                                    {R"(" 1e3 ")", "1000.0"},
                                    {R"("-.5")", "-0.5"},
                                    {R"("5.")", "5.0"},
                                    {R"("1_000.5")", "1000.5"},
                                    {R"("inf")", "Infinity"},
                                    {R"("-Infinity")", "-Infinity"},
                                    {R"("1e999")", "Infinity"},
                                    {"NaN", "NaN"},
                                    {R"("nan")", "NaN"},
                                    {R"(".")", violation({Kind::kFloatParsing})},
                                    {R"("")", violation({Kind::kFloatParsing})},
                                    {R"("--1")", violation({Kind::kFloatParsing})},
                                    {R"("1e")", violation({Kind::kFloatParsing})},
                                    {R"("1,5")", violation({Kind::kFloatParsing})},
                                    {"{}", violation({Kind::kFloatType})},
                                });
}

TEST_CASE("booleans are taken from whatever pydantic takes them from") {
  const std::vector<Field> fields = fields_of("f: boolean");
  for (const char* word : {"true", "TRUE", "t", "yes", "Y", "on", "1"})
    CHECK(outcome(fields, R"({"f":")" + std::string(word) + R"("})") == R"({"f":true})");
  for (const char* word : {"false", "False", "f", "no", "N", "off", "0"})
    CHECK(outcome(fields, R"({"f":")" + std::string(word) + R"("})") == R"({"f":false})");
  check(fields, {
                    {"1", "true"},
                    {"0", "false"},
                    {"1.0", "true"},
                    {"-1", violation({Kind::kBoolParsing})},
                    {R"(" true")", violation({Kind::kBoolParsing})},
                    {R"("")", violation({Kind::kBoolParsing})},
                    {"0.5", violation({Kind::kBoolType})},
                    {"NaN", violation({Kind::kBoolType})},
                });
}

TEST_CASE("URLs are read as browsers read them") {
  const std::vector<Field> fields = fields_of("f: url");
  for (const char* url :
       {"http://a.b", "https://a.b/c?d#e", "HTTP://A.B", "http:a.b", "http:///a.b", "http:\\\\a.b",
        "http://localhost:8080/x", "http://user:pass@a.b:80/", "http://127.0.0.1", "http://1.2",
        "http://0x7f.1", "http://[::1]:80/", "http://[1:2:3:4:5:6:7:8]", "http://[::1.2.3.4]/",
        "http://a.b:/", "http://a..b", "http://\xC3\xA4.b", "http://a.1b", "http://a%2Eb"}) {
    CAPTURE(url);
    CHECK(validate(Json{{"f", url}}, fields, false, {}));
  }
  CHECK(outcome(fields, R"({"f":" http://a.b\n/c "})") == R"({"f":"http://a.b/c"})");

  struct Bad {
    const char* url;
    const char* error;
  };
  constexpr Bad bad[] = {
      {"a.b", "relative URL without a base"},
      {"/a", "relative URL without a base"},
      {"//a.b", "relative URL without a base"},
      {"1http://a.b", "relative URL without a base"},
      {" ", "relative URL without a base"},
      {"http:", "empty host"},
      {"http://?q", "empty host"},
      {"http://:80", "empty host"},
      {"http://user@/", "empty host"},
      {"http://a.b:x", "invalid port number"},
      {"http://a.b:65536", "invalid port number"},
      {"http://[::1]x", "invalid port number"},
      {"http://1.2.3.256", "invalid IPv4 address"},
      {"http://1.2.3.4.5", "invalid IPv4 address"},
      {"http://a.b.1", "invalid IPv4 address"},
      {"http://1..2", "invalid IPv4 address"},
      {"http://[::1", "invalid IPv6 address"},
      {"http://[1:2]", "invalid IPv6 address"},
      {"http://[1::2::3]", "invalid IPv6 address"},
      {"http://[::g]", "invalid IPv6 address"},
      {"http://[1:2:3:4:5:6:7:8:9]", "invalid IPv6 address"},
      {"http://a b/", "invalid international domain name"},
      {"http://a<b", "invalid international domain name"},
      {"http://a%20b", "invalid international domain name"},
      {"http://a%zb", "invalid international domain name"},
  };
  for (const Bad& row : bad) {
    CAPTURE(std::string(row.url));
    const auto input = validate(Json{{"f", row.url}}, fields, false, {});
    REQUIRE_FALSE(input);
    CHECK(input.error()[0].kind == Kind::kUrlParsing);
    CHECK(input.error()[0].text == row.error);
  }
  check(fields, {{R"("mailto:a@b")", violation({Kind::kUrlScheme})},
                 {R"("file:///a")", violation({Kind::kUrlScheme})}});
  check(fields,
        {{R"("mailto:a@b")", R"("mailto:a@b")"},
         {R"("a.b")", violation({Kind::kUrlParsing})},
         {"5", violation({Kind::kUrlType})}},
        kStrict);
}

TEST_CASE("strict rules convert nothing and report all limits of a field") {
  check(fields_of("f: { type: integer, range: [0, 100], multiple_of: 5 }"),
        {{"50", "50"},
         {"50.0", "50"},
         {R"("50")", violation({Kind::kIntType})},
         {"true", violation({Kind::kIntType})},
         {"2.5", violation({Kind::kIntFromFloat, Kind::kMultipleOf})},
         {"101", violation({Kind::kMultipleOf, Kind::kLessThanEqual})},
         {"null", violation({Kind::kNull})}},
        kStrict);
  check(fields_of("f: number"),
        {{"3", "3"},
         {R"("3")", violation({Kind::kFloatType})},
         {"1e999", violation({Kind::kFiniteNumber})}},
        kStrict);
  check(fields_of("f: boolean"), {{"true", "true"}, {"1", violation({Kind::kBoolType})}}, kStrict);
  check(fields_of("f: string"), {{"5", violation({Kind::kStringType})}}, kStrict);
  check(fields_of("f: { type: string, min_length: 1, pattern: '^a' }"),
        {{R"("")", violation({Kind::kTooShort, Kind::kPattern})}}, kStrict);
  check(fields_of("f: { type: array, max_length: 1, items: string }"),
        {{R"(["a",5])", violation({Kind::kTooLong, Kind::kStringType})}}, kStrict);
}

TEST_CASE("the input comes in field order, with defaults, unknown keys only if wanted") {
  const std::vector<Field> fields = fields_of(R"(
      a: { type: integer, default: 5 },
      b: { type: string, nullable: true, default: null },
      c: { type: string },
      d: { of: [x, 2], default: x },
      e: { type: object, fields: { g: { type: integer, default: 1 } } },
      f: { type: any, default: [] })");
  CHECK(outcome(fields, "{}") == R"({"a":5,"b":null,"d":"x","f":[]})");
  CHECK(outcome(fields, R"({"z":1,"f":null,"e":{"y":2},"c":"t","a":"7","d":2.0})") ==
        R"({"a":7,"b":null,"c":"t","d":2,"e":{"g":1},"f":null})");
  CHECK(outcome(fields, R"({"z":1,"e":{"y":2},"y":[3]})", {Coercion::kLax, true, true}) ==
        R"({"a":5,"b":null,"d":"x","e":{"g":1,"y":2},"f":[],"z":1,"y":[3]})");
}

TEST_CASE("violations say where, what came and which bound was broken") {
  const std::vector<Field> fields = fields_of(
      "list: { type: array, items: { type: object, fields: { n: { type: integer, max: 3 } } } },"
      "x: { type: number, max: 3 }");
  const auto input =
      validate(Json{{"list", {{{"n", 1}}, {{"n", 4}}}}, {"x", 3.5}}, fields, false, {});
  REQUIRE_FALSE(input);
  REQUIRE(input.error().size() == 2);
  const Violation& first = input.error()[0];
  REQUIRE(first.where.size() == 3);
  CHECK(std::get<std::string>(first.where[0]) == "list");
  CHECK(std::get<std::int64_t>(first.where[1]) == 1);
  CHECK(std::get<std::string>(first.where[2]) == "n");
  CHECK(first.input == 4);
  CHECK(first.limit.is_number_integer());
  REQUIRE(first.field);
  CHECK(first.field->name == "n");
  CHECK(input.error()[1].limit.is_number_float());
}

TEST_CASE("it can stop at the first violation") {
  const std::vector<Field> fields =
      fields_of("a: integer, b: integer, c: { type: array, items: integer }");
  const Rules first{Coercion::kLax, false, false};
  CHECK(outcome(fields, R"({"a":"x","b":"x"})", first) == violation({Kind::kIntParsing}));
  CHECK(outcome(fields, R"({"c":["x","y"]})", first) == violation({Kind::kIntParsing}));
}

TEST_CASE("a body that is no object is one violation at the root") {
  const std::vector<Field> fields = fields_of("a: integer");
  CHECK(outcome(fields, "[]") == violation({Kind::kModelType}));
  CHECK(outcome(fields, "null") == violation({Kind::kMissing}));
  CHECK(outcome(fields, "null", kStrict) == violation({Kind::kModelType}));
}

}  // namespace
}  // namespace emulator::contract
