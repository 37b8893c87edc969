#include "emulator/contract/packed_input.h"

#include <doctest.h>

#include <string>
#include <vector>

#include "emulator/base/json_text.h"

using namespace emulator;
using contract::Field;

namespace {

Field field(std::string name, std::optional<Json> default_value = std::nullopt) {
  Field made;
  made.name = std::move(name);
  made.default_value = std::move(default_value);
  return made;
}

const std::vector<Field>& fields() {
  static const std::vector<Field> all = {field("prompt"), field("steps", 28), field("scale", 3.5),
                                         field("seed"), field("size", Json{{"width", 10}})};
  return all;
}

Json read(std::string_view text) { return *decode_json(text); }

// Packs and unpacks, and returns the packed text.
std::string round_trip(std::string_view text, std::string_view prompt) {
  const std::string packed = contract::packed_input(read(text), &fields(), prompt);
  CHECK(compact_json(contract::unpacked_input(packed, &fields(), prompt)) == text);
  return packed;
}

}  // namespace

TEST_CASE("what the endpoint and the task say anyway takes no room") {
  CHECK(round_trip(R"({"prompt":"a","steps":28,"scale":3.5,"size":{"width":10}})", "a") == "~{}");
  CHECK(round_trip(R"({"prompt":"a","steps":28,"scale":3.5,"seed":7,"size":{"width":10}})", "a") ==
        R"(~{"seed":7})");
  CHECK(round_trip(R"({"prompt":"b","steps":28,"scale":3.5,"size":{"width":10}})", "a") ==
        R"(~{"prompt":"b"})");
  CHECK(round_trip(R"({"prompt":"a","steps":28,"scale":3.5,"size":{"width":10},"more":1})", "a") ==
        R"(~{"more":1})");
}

TEST_CASE("values that print otherwise than the default are kept") {
  CHECK(round_trip(R"({"prompt":"a","steps":28.0,"scale":3.5,"size":{"width":10}})", "a") ==
        R"(~{"steps":28.0})");
  CHECK(round_trip(R"({"prompt":"a","steps":28,"scale":null,"size":{"width":10.0}})", "a") ==
        R"(~{"scale":null,"size":{"width":10.0}})");
}

TEST_CASE("an input that cannot be told from less is kept whole") {
  for (const char* text : {R"({"prompt":"a","scale":3.5,"size":{"width":10}})",
                           R"({"steps":28,"prompt":"a","scale":3.5,"size":{"width":10}})",
                           R"({"steps":28,"scale":3.5,"size":{"width":10}})", "[1,2]", "null"})
    CHECK(round_trip(text, "a") == text);
  const std::string text = R"({"prompt":"a","steps":28})";
  CHECK(contract::packed_input(read(text), nullptr, "a") == text);
  CHECK(compact_json(contract::unpacked_input(text, nullptr, "a")) == text);
  CHECK(contract::unpacked_input("", &fields(), "a").is_null());
  CHECK(contract::unpacked_input("~{", &fields(), "a").is_null());
}

TEST_CASE("what was sent can be told from the input where it named no default") {
  const auto few = contract::without_defaults(
      read(R"({"prompt":"a","steps":30,"scale":3.5,"size":{"width":10}})"), fields());
  REQUIRE(few);
  CHECK(compact_json(*few) == R"({"prompt":"a","steps":30})");
  CHECK(!contract::without_defaults(read(R"({"prompt":"a"})"), fields()));
}
