#include "emulator/http/message.h"

#include <doctest.h>

namespace emulator::http {
namespace {

TEST_CASE("header names compare without regard to case") {
  const Headers headers{{"Content-Type", "a"}, {"X-Key", "b"}, {"x-key", "c"}};
  CHECK(headers.get("content-type") == "a");
  CHECK(headers.get("X-KEY") == "b");
  CHECK_FALSE(headers.has("x-ke"));
  CHECK_FALSE(headers.has("x-key2"));
}

TEST_CASE("a header set replaces all of its name at the place of the first") {
  Headers headers{{"a", "1"}, {"b", "2"}, {"A", "3"}, {"c", "4"}};
  headers.set("a", "9");
  REQUIRE(headers.size() == 3);
  CHECK(headers.begin()->second == "9");
  CHECK(headers.get("c") == "4");
  headers.set("new", "5");
  CHECK(headers.get("NEW") == "5");
  headers.remove("B");
  CHECK_FALSE(headers.has("b"));
}

TEST_CASE("percent-decoding leaves malformed escapes as they are") {
  struct Row {
    const char* name;
    std::string_view text;
    std::string_view decoded;
  };
  constexpr Row kRows[] = {
      {"plain", "abc", "abc"},
      {"escape", "a%20b%2F", "a b/"},
      {"lower case digits", "%c3%a4", "\xc3\xa4"},
      {"cut short", "a%2", "a%2"},
      {"lone percent", "100%", "100%"},
      {"no digits", "%zz%4g", "%zz%4g"},
      {"only once", "%2541", "%41"},
      {"plus stays", "a+b", "a+b"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(percent_decoded(row.text) == row.decoded);
  }
  CHECK(percent_decoded("a+b%2B", true) == "a b+");
  CHECK(percent_decoded("%00").size() == 1);
}

TEST_CASE("percent-encoding is undone by decoding") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  CHECK(percent_decoded(percent_encoded(all)) == all);
  CHECK(percent_encoded("a/b c~") == "a%2Fb%20c~");
  CHECK(percent_encoded("a/b c", "/") == "a/b%20c");
}

TEST_CASE("a parameter is the first decoded value of its name") {
  Request request;
  request.query = "a=1&b=two+words&a=2&empty=&flag&n%61me=x%26y";
  CHECK(request.parameter("a") == "1");
  CHECK(request.parameter("b") == "two words");
  CHECK(request.parameter("empty") == "");
  CHECK(request.parameter("flag") == "");
  CHECK(request.parameter("name") == "x&y");
  CHECK_FALSE(request.parameter("c"));
  request.query = "";
  CHECK_FALSE(request.parameter(""));
}

TEST_CASE("every status the providers use has its phrase") {
  CHECK(standard_reason(200) == "OK");
  CHECK(standard_reason(422) == "Unprocessable Entity");
  CHECK(standard_reason(511) == "Network Authentication Required");
  CHECK(standard_reason(299).empty());
  CHECK(standard_reason(999).empty());
}

}  // namespace
}  // namespace emulator::http
