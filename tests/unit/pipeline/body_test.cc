#include "emulator/pipeline/body.h"

#include <doctest.h>

#include <memory>
#include <string>

namespace emulator {
namespace {

contract::Contract fields_as(const std::string& fields) {
  auto loaded = contract::load(
      {"acme.yaml", "provider: acme\n---\nendpoints: { paint: { fields: {" + fields + "} } }\n"});
  if (!loaded) FAIL(loaded.error().front());
  return *std::move(loaded);
}

Call call_of(const char* type, std::string body) {
  auto request = std::make_shared<http::Request>();
  if (type != nullptr) request->headers.add("content-type", type);
  request->body = std::move(body);
  Call call;
  call.request = std::move(request);
  return call;
}

TEST_CASE("a body is JSON by its content type, and where none is given") {
  struct Row {
    const char* type;
    bool json;
  };
  constexpr Row kRows[] = {{nullptr, true},
                           {"application/json", true},
                           {"Application/JSON; charset=utf-8", true},
                           {"application/problem+json", true},
                           {"text/plain", false},
                           {"application/x-www-form-urlencoded", false},
                           {"", false}};
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.type == nullptr ? "none" : row.type));
    const Call call = call_of(row.type, "[1]");
    CHECK(is_json_body(call) == row.json);
    Json room;
    CHECK(framework_body(call, room) == (row.json ? Json::array({1}) : Json("[1]")));
  }
  Json room;
  CHECK(framework_body(call_of(nullptr, ""), room).is_null());
  CHECK(framework_body(call_of(nullptr, "{"), room).is_null());
}

TEST_CASE("members of another kind are as good as none") {
  const Json body = {{"text", "a"}, {"flag", true}, {"number", 7.9}, {"null", nullptr}};
  CHECK(text_in(body, "text") == "a");
  CHECK(text_in(body, "flag").empty());
  CHECK(text_in(body, "none").empty());
  CHECK(text_in(Json::array(), "text").empty());
  CHECK(flag_in(body, "flag"));
  CHECK_FALSE(flag_in(body, "text"));
  CHECK(flag_in(body, "none", true));
  CHECK(number_in(body, "number") == 7);
  CHECK(number_in(body, "number", 10, 20) == 10);
  CHECK(number_in({{"n", 1e300}}, "n") == 1'000'000'000);
  CHECK_FALSE(number_in(body, "text").has_value());
  CHECK(member_in(body, "null")->is_null());
  CHECK(member_in(body, "none") == nullptr);
}

TEST_CASE("what a field brings is said by its role, else by its name") {
  const auto contract = fields_as(
      "prompt: string, seed: integer, output_format: { of: [png, webp], default: webp }, "
      "mask: { type: string, extra: { image: true } }");
  const auto& fields = contract.endpoints.front().fields;
  CHECK(fields[3].role == contract::Role::kImage);
  const Json input = {{"prompt", "a cat"}, {"seed", 7}, {"output_format", nullptr}};
  CHECK(prompt_in(input, fields) == "a cat");
  CHECK(seed_in(input, fields)->number == 7);
  CHECK(format_word_in(input, fields) == "webp");
  CHECK(format_word_in({{"output_format", "png"}}, fields) == "png");
  CHECK(prompt_in(Json::object(), fields).empty());
  CHECK_FALSE(seed_in({{"seed", nullptr}}, fields).has_value());

  const auto named = fields_as(
      "text: { type: string, role: prompt }, noise: { type: integer, role: seed }, "
      "prompt: { type: string, role: none }");
  const auto& own = named.endpoints.front().fields;
  const Json other = {{"prompt", "no"}, {"text", "yes"}, {"noise", 3}};
  CHECK(prompt_in(other, own) == "yes");
  CHECK(seed_in(other, own)->number == 3);
  CHECK(format_word_in(other, own).empty());
}

TEST_CASE("formats are named as their files end, and seconds lose their fraction") {
  CHECK(format_named("png") == image::Format::kPng);
  CHECK(format_named("webp") == image::Format::kWebp);
  CHECK(format_named("jpg") == image::Format::kJpeg);
  CHECK(format_named("") == image::Format::kJpeg);
  CHECK(unix_seconds(Instant(std::chrono::milliseconds(1'999))) == 1);
}

}  // namespace
}  // namespace emulator
