// What a body may hold, and that what is done with it grows no faster than the body.
#include <doctest.h>

#include <string>

#include "emulator/base/json_build.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "tests/support/cpu_time.h"
#include "tests/support/world.h"

namespace emulator::test {
namespace {

std::string members(std::size_t count, const std::string& prefix = "k") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "\"" : ",\"") + prefix + std::to_string(i) + "\":1";
  return out;
}

// A body that every submission and list finds many members in, whichever it looks at.
std::string crowded(std::size_t count) {
  const std::string inner = "{" + members(count / 3) + "}";
  return R"({"prompt":"a","model":"flux","model_id":"wavespeed-ai/flux-dev","page":1,"page_size":9,)"
         R"("input":)" +
         inner + R"(,"inputs":)" + inner + R"(,"params":)" + inner + "," + members(count) + "}";
}

// The path of a route with its captures filled in, so that it finds an endpoint where there is one.
std::string path_of(const contract::Route& route, const contract::Contract& contract) {
  std::string out = route.path;
  for (auto open = out.find('{'); open != std::string::npos; open = out.find('{', open)) {
    const auto close = out.find('}', open);
    const std::string name = out.substr(open + 1, close - open - 1);
    const std::string value =
        name.starts_with("model") || name.starts_with("endpoint") || name.starts_with("app")
            ? contract.endpoints.front().id
            : "x";
    out.replace(open, close - open + 1, value);
    open += value.size();
  }
  return out;
}

http::Request posted(const std::string& path, std::string body) {
  return request("POST", path,
                 {{"x-key", "me"},
                  {"authorization", "Bearer me"},
                  {"x-api-key", "me"},
                  {"content-type", "application/json"}},
                 std::move(body));
}

}  // namespace

TEST_CASE("no call of any provider takes quadratic time in the members of its body") {
  WorldOptions options;
  options.pipeline.json = {1000, SIZE_MAX, SIZE_MAX};
  World world(options);
  int tried = 0;
  for (std::uint16_t p = 0; p < world.registry.size(); ++p) {
    const contract::Contract& contract = world.registry.contract(p);
    for (const contract::Route& route : contract.routes) {
      if (route.method != "POST") continue;
      const std::string path = "/" + world.registry.name(p) + path_of(route, contract);
      CAPTURE(path);
      ++tried;
      const bool linear = grows_linearly(
          2'000, [&](std::size_t count) { world.send_later(posted(path, crowded(count))); });
      CHECK(linear);
    }
  }
  CHECK(tried > 20);
}

TEST_CASE("a body of more values or members than the flags allow is refused in our own words") {
  World world;
  const auto code = [&](const std::string& path, const std::string& body) {
    const auto reply = world.send(posted(path, body));
    REQUIRE(reply);
    return std::to_string(reply->status) + " " +
           std::string(reply->headers.get("x-emulator-error").value_or(""));
  };
  std::string values = R"({"prompt":"a","list":[)";
  for (int i = 0; i < 60'000; ++i) values += "[],";
  values += "[]]}";
  const std::string many = "{\"prompt\":\"a\"," + members(10'001) + "}";
  for (const char* path :
       {"/bfl/v1/flux-dev", "/fal/fal-ai/flux/schnell", "/wavespeed/api/v3/wavespeed-ai/flux-dev",
        "/apiframe/v2/images/generate", "/vtrix/model/v1/generation"}) {
    CAPTURE(path);
    CHECK(code(path, values) == "413 json_too_large");
    CHECK(code(path, many) == "413 json_too_large");
  }
  CHECK(world.sandboxes->tasks() == 0);
  CHECK(code("/bfl/v1/flux-dev", "{\"prompt\":\"a\"," + members(9'000) + "}") == "200 ");
  // Nesting is a limit of ours as well: the provider's Python would go deeper.
  CHECK(code("/bfl/v1/flux-dev", std::string(2'000, '[') + std::string(2'000, ']')) ==
        "413 json_too_large");
}

TEST_CASE("limits on JSON count values at all depths, and members with repeated keys") {
  CHECK(decode_json("[1,[2,{\"a\":3}]]", {1000, 6, 10}));
  const auto beyond = decode_json("[1,[2,{\"a\":3}]]", {1000, 5, 10});
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().ours);
  CHECK(beyond.error().text == "More than 5 values");
  CHECK(beyond.error().position == 11);
  CHECK(decode_json(R"({"a":1,"a":2})", {1000, 100, 2}));
  const auto members_beyond = decode_json(R"({"a":1,"a":2,"b":3})", {1000, 100, 2});
  REQUIRE_FALSE(members_beyond);
  CHECK(members_beyond.error().text == "An object with more than 2 members");
}

TEST_CASE("msgpack is decoded in linear time, within limits, the last of equal keys kept") {
  const auto packed = [](const Json& value) {
    const auto bytes = Json::to_msgpack(value);
    return std::string(bytes.begin(), bytes.end());
  };
  const Json value = {{"prompt", "a"}, {"list", {1, -2, 2.5, nullptr, true, {{"b", {}}}}}};
  const auto same = decode_msgpack(packed(value), kStrangersJson);
  REQUIRE(same);
  CHECK(*same == value);
  CHECK(decode_msgpack(packed(Json::binary({1, 2})), kStrangersJson)->is_binary());
  CHECK(*decode_msgpack("\x83\xa1"
                        "a\x01\xa1"
                        "b\x02\xa1"
                        "a\x03",
                        kStrangersJson) == Json{{"a", 3}, {"b", 2}});
  CHECK_FALSE(decode_msgpack(packed(value), {1000, 5, 10}));
  CHECK_FALSE(decode_msgpack(packed(value), {2, 100, 10}));
  CHECK_FALSE(decode_msgpack(packed(value), {1000, 100, 1}));
  CHECK_FALSE(decode_msgpack("\xc1", kStrangersJson));
  CHECK(grows_linearly(3'000, [&](std::size_t count) {
    std::string map = "\xdf";
    for (int shift = 24; shift >= 0; shift -= 8) map += static_cast<char>(count >> shift & 0xFF);
    for (std::size_t i = 0; i < count; ++i) map += packed("k" + std::to_string(i)) + '\1';
    CHECK(decode_msgpack(map, {1000, SIZE_MAX, SIZE_MAX}));
  }));
}

TEST_CASE("a patch is laid over as RFC 7396 says, in linear time") {
  // The pairs of the RFC's appendix.
  const char* const rows[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [target, patch, result] : rows) {
    const auto& this_patch = patch;
    CAPTURE(this_patch);
    Json value = *decode_json(target);
    merge_patch(value, *decode_json(patch));
    CHECK(compact_json(value) == result);
  }
  CHECK(grows_linearly(3'000, [](std::size_t count) {
    Json value = *decode_json("{" + members(count) + "}");
    merge_patch(value, *decode_json("{" + members(count / 2) + "," + members(count, "n") + "}"));
    CHECK(value.size() == 2 * count);
  }));
}

}  // namespace emulator::test
