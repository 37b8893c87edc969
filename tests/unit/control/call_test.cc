// Routes, and the document that describes them.
#include <set>
#include <string>

#include "emulator/base/text.h"
#include "emulator/control/routes.h"
#include "tests/unit/control/api.h"

namespace emulator::test {
namespace {

using Calls = std::set<std::string>;

Calls documented(const Json& document) {
  Calls out;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      if (method == "parameters") continue;
      std::string upper;
      for (const char c : method) upper += static_cast<char>(c - 'a' + 'A');
      out.insert(upper + " " + path);
    }
  return out;
}

// Every `$ref` in `value`, at any depth.
void references(const Json& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.insert(value["$ref"].get<std::string>());
  if (value.is_structured())
    for (const Json& inner : value) references(inner, out);
}

}  // namespace

TEST_CASE("the OpenAPI document describes every call there is, and no other") {
  Api api;
  Calls there;
  for (const control::Route& route : control::routes())
    there.insert(std::string(route.method) + " /_emulator" + std::string(route.path));
  CHECK(documented(api.call("GET", "/openapi.json")) == there);
}

TEST_CASE("every reference in the OpenAPI document leads somewhere, and nothing is left over") {
  Api api;
  const Json document = api.call("GET", "/openapi.json");
  std::set<std::string> used;
  references(document, used);
  for (const std::string& reference : used) {
    INFO(reference);
    REQUIRE(reference.starts_with("#/"));
    CHECK(document.contains(Json::json_pointer(reference.substr(1))));
  }
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    const auto& this_name = name;
    INFO(this_name);
    CHECK(used.count("#/components/schemas/" + name) == 1);
  }
}

TEST_CASE("an unknown call lists those there are; a wrong method those that are taken") {
  Api api;
  const http::Reply unknown = api.reply("GET", "/sandboxs/me");
  CHECK(unknown.status == 404);
  const Json error = Api::json(unknown)["emulator_error"];
  CHECK(error["allowed"].size() > 10);
  const http::Reply wrong = api.reply("PATCH", "/sandboxes/me/clock");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.get("allow") == "GET, POST");
  CHECK(Api::json(wrong)["emulator_error"]["allowed"] == Json({"GET", "POST"}));
  CHECK(api.reply("HEAD", "/sandboxes/me").status == 200);
}

TEST_CASE("a task is shown by its id, and with the others of its sandbox") {
  Api api;
  const std::string id = api.submit("me");
  CHECK(api.call("GET", "/sandboxes/me/tasks/" + id)["prompt"] == "a cat");
  CHECK(api.call("GET", "/sandboxes/me/tasks")["tasks"].size() == 1);
  CHECK(api.reply("GET", "/sandboxes/other/tasks/" + id).status == 404);
}

TEST_CASE("a reset says what it reset, and what there was") {
  Api api;
  api.submit("me");
  api.world.advance("me", std::chrono::hours(1));
  const Json done = api.call("POST", "/sandboxes/me/reset", R"({"what":["tasks","clock"]})");
  CHECK(done["reset"] == Json({"tasks", "clock"}));
  CHECK(done["was"]["tasks"] == 1);
  CHECK(done["was"]["requests"] == 1);
  CHECK(done["was"]["now"] == "2026-01-01T01:00:00.000Z");
  CHECK(api.call("GET", "/sandboxes/me")["now"] == "2026-01-01T00:00:00.000Z");
  CHECK(api.call("GET", "/sandboxes/me")["requests"] == 1);
}

}  // namespace emulator::test
