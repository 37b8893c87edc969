#include "emulator/control/pretty.h"

#include <doctest.h>

#include "emulator/base/json_text.h"
#include "tests/unit/control/api.h"

namespace emulator::test {
namespace {

http::Reply json_of(const std::string& text) {
  http::Reply reply;
  reply.headers.add("content-type", "application/json");
  reply.body = text;
  return reply;
}

std::string pretty(const std::string& text) {
  http::Reply reply = json_of(text);
  control::make_pretty(reply);
  return reply.body;
}

bool wanted(const std::string& target, std::vector<std::pair<std::string, std::string>> headers) {
  return control::wants_pretty(request("GET", target, std::move(headers)));
}

TEST_CASE("short lists and objects stay on a line, others are broken") {
  CHECK(pretty("{}") == "{}\n");
  CHECK(pretty(R"({"a":1,"b":[1,2.0,"x"]})") == "{\n  \"a\": 1,\n  \"b\": [1,2.0,\"x\"]\n}\n");
  CHECK(pretty(R"([{"a":{"b":null}}])") == "[\n  {\n    \"a\": {\"b\":null}\n  }\n]\n");
  const std::string longer = "[\"" + std::string(99, 'x') + "\"]";
  CHECK(pretty(longer) == "[\n  \"" + std::string(99, 'x') + "\"\n]\n");
}

TEST_CASE("what is printed for people is the same JSON, byte for byte in every value") {
  const std::string text =
      R"({"now":"2026","speed":0.0,"big":1e+22,"whole":18446744073709551615,"u":"\u00e9\u0001",)"
      R"("deep":[[[{"a":[{}]}]]]})";
  CHECK(compact_json(*decode_json(pretty(text))) == compact_json(*decode_json(text)));
}

TEST_CASE("what is no JSON, streamed or large stays as it is") {
  CHECK(pretty("not json") == "not json");
  http::Reply text = json_of("[1]");
  text.headers.set("content-type", "text/plain");
  control::make_pretty(text);
  CHECK(text.body == "[1]");
  const std::string large = "[" + std::string(300'000, ' ') + "]";
  CHECK(pretty(large) == large);
}

TEST_CASE("people are known by what they type") {
  CHECK(wanted("/_emulator/sandboxes", {{"user-agent", "curl/7.88.1"}, {"accept", "*/*"}}));
  CHECK(wanted("/_emulator/sandboxes", {{"accept", "text/html,application/xhtml+xml"}}));
  CHECK(wanted("/_emulator/sandboxes?pretty", {}));
  CHECK_FALSE(wanted("/_emulator/sandboxes?pretty=false", {{"user-agent", "curl/7.88.1"}}));
  CHECK_FALSE(wanted("/_emulator/sandboxes", {{"user-agent", "node"}, {"accept", "*/*"}}));
  CHECK_FALSE(wanted("/_emulator/sandboxes",
                     {{"user-agent", "curl/7.88.1"}, {"accept", "application/json"}}));
}

TEST_CASE("every call of the API takes pretty") {
  Api api;
  const http::Reply reply = api.reply("GET", "/sandboxes/me?pretty");
  CHECK(reply.status == 200);
  CHECK(reply.body.find("\n  \"name\": \"me\",\n") != std::string::npos);
  CHECK(api.reply("GET", "/sandboxes/me").body.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace emulator::test
