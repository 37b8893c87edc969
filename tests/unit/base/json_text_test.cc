#include "emulator/base/json_text.h"

#include <doctest.h>

#include <cmath>
#include <limits>

namespace emulator {
namespace {

using namespace std::string_view_literals;

Json decoded(std::string_view text) {
  Result<Json, JsonProblem> value = decode_json(text);
  REQUIRE(value);
  return *std::move(value);
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST_CASE("a bad text is refused with CPython's words and place") {
  struct Row {
    std::string_view text;
    std::string_view problem;
    std::size_t position;
  };
  // Computed with json.loads of CPython 3.11.
  constexpr Row rows[] = {
      {"{\"prompt\": \"a\""sv, "Expecting ',' delimiter", 14},
      {"{prompt: \"a\"}"sv, "Expecting property name enclosed in double quotes", 1},
      {"not json"sv, "Expecting value", 0},
      {"{\"prompt\": \"a\",}"sv, "Expecting property name enclosed in double quotes", 15},
      {"{\"a\" 1}"sv, "Expecting ':' delimiter", 5},
      {"{\"a\":1} x"sv, "Extra data", 8},
      {"{\"prompt\": \"open"sv, "Unterminated string starting at", 11},
      {"{\"a\":\"\\q\"}"sv, "Invalid \\escape", 6},
      {"{\"a\":\"x\012y\"}"sv, "Invalid control character at", 7},
      {""sv, "Expecting value", 0},
      {" "sv, "Expecting value", 1},
      {"["sv, "Expecting value", 1},
      {"[1,"sv, "Expecting value", 3},
      {"[1,]"sv, "Expecting value", 3},
      {"[,]"sv, "Expecting value", 1},
      {"[1 2]"sv, "Expecting ',' delimiter", 3},
      {"{"sv, "Expecting property name enclosed in double quotes", 1},
      {"{\"a\""sv, "Expecting ':' delimiter", 4},
      {"{\"a\":"sv, "Expecting value", 5},
      {"{\"a\":}"sv, "Expecting value", 5},
      {"{\"a\":1"sv, "Expecting ',' delimiter", 6},
      {"{\"a\":1,"sv, "Expecting property name enclosed in double quotes", 7},
      {"{,}"sv, "Expecting property name enclosed in double quotes", 1},
      {"nul"sv, "Expecting value", 0},
      {"tru"sv, "Expecting value", 0},
      {"falsy"sv, "Expecting value", 0},
      {"-"sv, "Expecting value", 0},
      {"-x"sv, "Expecting value", 0},
      {"+1"sv, "Expecting value", 0},
      {".5"sv, "Expecting value", 0},
      {"01"sv, "Extra data", 1},
      {"1."sv, "Extra data", 1},
      {"1.e5"sv, "Extra data", 1},
      {"1e"sv, "Extra data", 1},
      {"1e+"sv, "Extra data", 1},
      {"1.5e-"sv, "Extra data", 3},
      {"-Infinit"sv, "Expecting value", 0},
      {"NaNs"sv, "Extra data", 3},
      {"\""sv, "Unterminated string starting at", 0},
      {"\"\\"sv, "Unterminated string starting at", 0},
      {"\"\\u12"sv, "Invalid \\uXXXX escape", 2},
      {"\"\\u12\""sv, "Invalid \\uXXXX escape", 2},
      {"\"\\u12x4\""sv, "Invalid \\uXXXX escape", 2},
      {"\"\\ud83c\\u12x4\""sv, "Invalid \\uXXXX escape", 8},
      {"\"\\ud83c\\u12\""sv, "Invalid \\uXXXX escape", 8},
      {"\"\\u\""sv, "Invalid \\uXXXX escape", 2},
      {"\"\\ud83c"sv, "Invalid \\uXXXX escape", 2},
      {"\303\251\"x\""sv, "Expecting value", 0},
      {"{\"\303\251\": \303\251}"sv, "Expecting value", 6},
      {"{\"\360\237\215\216\": \""sv, "Unterminated string starting at", 6},
      {"{'a': 1}"sv, "Expecting property name enclosed in double quotes", 1},
      {"{\"a\":1}}"sv, "Extra data", 7},
      {"[1]]"sv, "Extra data", 3},
      {"\"a\" \"b\""sv, "Extra data", 4},
      {"\000"sv, "Expecting value", 0},
      {"{\"a\":\"\011\"}"sv, "Invalid control character at", 6},
      {"\302\240 1"sv, "Expecting value", 0},
      {"{1:2}"sv, "Expecting property name enclosed in double quotes", 1},
      {"[1,2"sv, "Expecting ',' delimiter", 4},
      {"{\"a\":[1,{\"b\":}]}"sv, "Expecting value", 13},
      {"\"\177\" 1"sv, "Extra data", 4},
      {"True"sv, "Expecting value", 0},
      {"None"sv, "Expecting value", 0},
      {"--1"sv, "Expecting value", 0},
      {"1 .5"sv, "Extra data", 2},
      {"{\"a\":1,,\"b\":2}"sv, "Expecting property name enclosed in double quotes", 7},
      {"/**/1"sv, "Expecting value", 0},
      {"[1,//x\0122]"sv, "Expecting value", 3},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Json, JsonProblem> value = decode_json(row.text);
    REQUIRE_FALSE(value);
    CHECK(value.error().text == row.problem);
    CHECK(value.error().position == row.position);
    CHECK_FALSE(value.error().ours);
  }
}

TEST_CASE("a good text reads as in Python and prints compactly") {
  struct Row {
    std::string_view text;
    std::string_view printed;
  };
  constexpr Row rows[] = {
      {" {} ", "{}"},
      {"[ ]", "[]"},
      {"\r\n\t[1 , 2]\n", "[1,2]"},
      {"null", "null"},
      {"[true,false,null]", "[true,false,null]"},
      {R"({"b":1,"a":{"z":[],"y":{}}})", R"({"b":1,"a":{"z":[],"y":{}}})"},
      {R"("\"\\\/\b\f\n\r\t\u001f\u007f")", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\x7F\""},
      {R"("\u0041\u00e9\u20AC")", "\"A\xC3\xA9\xE2\x82\xAC\""},
      {R"("\ud83c\udf4e")", "\"\xF0\x9F\x8D\x8E\""},
      {R"("\u0000")", R"("\u0000")"},
      {"\xEF\xBB\xBF{}", "{}"},  // a byte order mark
      {"\"\xFF\xE2\x82\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {R"("\ud83c")", "\"\xEF\xBF\xBD\""},
      {R"("\ud83c\ud83c\udf4e")", "\"\xEF\xBF\xBD\xF0\x9F\x8D\x8E\""},
      {"-0", "0"},
      {"-0.0", "-0.0"},
      {"9223372036854775807", "9223372036854775807"},
      {"17454220438242315174", "17454220438242315174"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551616", "18446744073709551616"},
      {"-9223372036854775809", "-9223372036854775809"},
      {"[1000000000000000000000000000000]", "[1000000000000000000000000000000]"},
      {"74.0", "74.0"},
      {"1E2", "100.0"},
      {"7.56620097160339", "7.56620097160339"},
      {"1752477995.95983", "1752477995.95983"},
      {"1e22", "1e+22"},
      {"1e16", "1e+16"},
      {"9999999999999998.0", "9999999999999998.0"},
      {"123456789012345.6", "123456789012345.6"},
      {"0.0001", "0.0001"},
      {"0.00001", "1e-05"},
      {"0.1", "0.1"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"1e400", "Infinity"},
      {"-1e400", "-Infinity"},
      {"1e-400", "0.0"},
      {"[NaN,Infinity,-Infinity]", "[NaN,Infinity,-Infinity]"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(compact_json(decoded(row.text)) == row.printed);
  }
}

TEST_CASE("of equal keys the last value stays in the first one's place") {
  CHECK(compact_json(decoded(R"({"a":1,"b":2,"a":3,"c":4,"b":5})")) == R"({"a":3,"b":5,"c":4})");
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i)
    text += "\"k" + std::to_string(i % 50'000) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  const Json value = decoded(text);
  CHECK(value.size() == 50'000);
  CHECK(value.begin().key() == "k0");
  CHECK(value.begin().value() == 50'000);
}

TEST_CASE("a lone surrogate stays in the value as three bytes") {
  CHECK(decoded(R"("\ud83c")").get<std::string>() == "\xED\xA0\xBC");
  CHECK(decoded("\"\xED\xA0\xBC\"").get<std::string>() == "\xED\xA0\xBC");
}

TEST_CASE("nesting beyond the limit is refused as ours, however deep") {
  CHECK(decode_json(nested(1000)));
  CHECK(compact_json(decoded(nested(1000))) == nested(1000));
  for (const std::size_t levels : {std::size_t{1001}, std::size_t{1'000'000}}) {
    const auto value = decode_json(nested(levels));
    REQUIRE_FALSE(value);
    CHECK(value.error().ours);
    CHECK(value.error().text == "Nested deeper than 1000 levels");
    CHECK(value.error().position == 1000);
  }
  CHECK_FALSE(decode_json(R"({"a":{"b":[]}})", {2}));
  CHECK(decode_json(R"({"a":{"b":[]}})", {3}));
}

TEST_CASE("Python's sorted JSON is matched to the byte") {
  // The two bodies of fal's webhook test vector: 425 and 337 bytes.
  const std::string_view ok =
      R"({"error": null, "gateway_request_id": "019f0000-0000-7000-8000-000000000001", "payload": {"has_nsfw_concepts": [false], "images": [{"content_type": "image/jpeg", "height": 1536, "url": "https://v3b.fal.media/files/b/0aa27b79/AAAAAAAAAAAAAAAAAAAAA_00000000000000000000000000000000.jpg", "width": 2752}], "prompt": "a red apple", "seed": 42, "timings": {}}, "request_id": "019f0000-0000-7000-8000-000000000001", "status": "OK"})";
  const std::string_view error =
      R"({"error": "Invalid status code: 422", "gateway_request_id": "019f0000-0000-7000-8000-000000000001", "payload": {"detail": [{"ctx": {"le": 4}, "input": 9, "loc": ["body", "num_images"], "msg": "Input should be less than or equal to 4", "type": "less_than_equal"}]}, "request_id": "019f0000-0000-7000-8000-000000000001", "status": "ERROR"})";
  const Json ok_value = {{"request_id", "019f0000-0000-7000-8000-000000000001"},
                         {"gateway_request_id", "019f0000-0000-7000-8000-000000000001"},
                         {"status", "OK"},
                         {"error", nullptr},
                         {"payload",
                          {{"images",
                            {{{"url",
                               "https://v3b.fal.media/files/b/0aa27b79/"
                               "AAAAAAAAAAAAAAAAAAAAA_00000000000000000000000000000000.jpg"},
                              {"width", 2752},
                              {"height", 1536},
                              {"content_type", "image/jpeg"}}}},
                           {"timings", Json::object()},
                           {"seed", 42},
                           {"has_nsfw_concepts", {false}},
                           {"prompt", "a red apple"}}}};
  CHECK(ok.size() == 425);
  CHECK(error.size() == 337);
  CHECK(sorted_python_json(ok_value) == ok);
  CHECK(sorted_python_json(decoded(error)) == error);
  CHECK(sorted_python_json(decoded(R"({"b":"é🍎\u007f\ud83c\n","a":[1.0,1e400,"\u001f"]})")) ==
        R"({"a": [1.0, Infinity, "\u001f"], "b": "\u00e9\ud83c\udf4e\u007f\ud83c\n"})");
}

TEST_CASE("numbers that are not finite are found anywhere") {
  CHECK_FALSE(has_non_finite(decoded(R"({"a":[1,2.5,{"b":"NaN"}]})")));
  CHECK(has_non_finite(decoded(R"({"a":[1,2.5,{"b":NaN}]})")));
  CHECK(has_non_finite(decoded("1e999")));
}

}  // namespace
}  // namespace emulator
