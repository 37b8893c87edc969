#include "emulator/scenario/schema.h"

#include <doctest.h>

#include "emulator/scenario/keys.h"
#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

TEST_CASE("the schema names every key the loader knows") {
  const Json schema = Json::parse(schema_json({{"bfl", "fal"}, nullptr}));
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["additionalProperties"] == false);
  for (const ThenKey& row : then_keys()) {
    CAPTURE(row.name);
    CHECK(schema["$defs"]["then"]["properties"].contains(std::string(row.name)));
  }
  for (const WhenKey& row : when_keys()) {
    CAPTURE(row.name);
    CHECK(schema["$defs"]["when"]["properties"].contains(std::string(row.name)));
  }
  for (const char* name : {"name", "about", "seed", "defaults", "credits", "rules", "expect"}) {
    CAPTURE(name);
    CHECK(schema["properties"].contains(name));
  }
}

// Every "$ref" below `value` leads somewhere.
void check_references(const Json& schema, const Json& value) {
  if (value.is_object() && value.contains("$ref")) {
    const std::string target = value["$ref"].get<std::string>();
    CAPTURE(target);
    REQUIRE(target.substr(0, 1) == "#");
    CHECK(schema.contains(Json::json_pointer(target.substr(1))));
  }
  if (value.is_structured()) {
    for (const Json& item : value) check_references(schema, item);
  }
}

TEST_CASE("the schema knows the providers by name, and is known by one itself") {
  const Json schema = Json::parse(schema_json({{"bfl", "fal"}, nullptr}));
  CHECK(schema["$id"] == "urn:provider-emulator:scenario");
  CHECK(schema["properties"]["$schema"]["type"] == "string");
  CHECK(schema["$defs"]["when"]["properties"]["provider"] ==
        Json{{"description", "the provider that was asked"}, {"enum", {"bfl", "fal"}}});
}

TEST_CASE("the schema offers a profile where it has figures") {
  const Vocabulary one{{"acme"},
                       nullptr,
                       {},
                       std::make_shared<std::vector<Profile>>(std::vector<Profile>{
                           {"acme-fast", std::nullopt, Span{}, "one record"}})};
  const Json schema = Json::parse(schema_json(one));
  CHECK(schema["$defs"]["run"]["anyOf"].back() == Json{{"enum", {"acme-fast"}}});
  CHECK(schema["$defs"]["queue"]["anyOf"].size() == 3);
}

TEST_CASE("every reference of the schema leads somewhere") {
  const Json schema = Json::parse(schema_json({{"bfl", "fal"}, nullptr}));
  check_references(schema, schema);
}

}  // namespace
}  // namespace emulator::scenario
