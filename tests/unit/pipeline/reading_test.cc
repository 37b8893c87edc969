// What dialects read alike: keys, the endpoint of a path, fields under a member, the wish to wait.
#include "emulator/pipeline/reading.h"

#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/pipeline/credentials.h"
#include "emulator/pipeline/router.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

http::Request carrying(const char* name, const char* value) {
  return request("POST", "/", {{name, value}});
}

const contract::Contract& models() {
  static const contract::Contract kContract = [] {
    auto loaded = contract::load(
        {"c.yaml",
         "provider: acme\n---\n"
         "routes:\n"
         "  two: { on: submit, door: '', method: POST, path: '/models/{owner}/{name}', "
         "endpoint: '{owner}/{name}' }\n"
         "  one: { on: submit, door: '', method: POST, path: '/generate/{endpoint}' }\n"
         "endpoints: { big/one: { fields: { prompt: { type: string, required: true }, n: { type: "
         "integer, range: [1, 4] } } }, small: { fields: {} } }\n"});
    REQUIRE(loaded);
    return *std::move(loaded);
  }();
  return kContract;
}

std::string endpoint_at(const std::string& path) {
  Call call;
  call.request = std::make_shared<const http::Request>(request("POST", path));
  call.path = path;
  find_route(call, models());
  if (call.route == nullptr) return "no route";
  const contract::Endpoint* endpoint = endpoint_of(call, models());
  return endpoint == nullptr ? "none" : endpoint->id;
}

// Where what is wrong is, joined by points; "" for a good body.
std::string wrong_in(const char* body) {
  const auto read = validate_under("input", *decode_json(body), *models().endpoint("big/one"));
  std::string out;
  if (read) return out;
  for (const contract::Violation& violation : read.error()) {
    out += out.empty() ? "" : " ";
    std::string place;
    for (const auto& step : violation.where)
      place += (place.empty() ? "" : ".") + std::get<std::string>(step);
    out += place.empty() ? "body" : place;
  }
  return out;
}

}  // namespace

TEST_CASE("credentials stand behind a scheme and one blank, whatever its case") {
  CHECK(credentials(carrying("authorization", "Bearer  a "), "Bearer") == " a ");
  CHECK(credentials(carrying("authorization", "bearer a"), "Bearer") == "a");
  CHECK_FALSE(credentials(carrying("authorization", "Bearera"), "Bearer"));
  CHECK_FALSE(credentials(carrying("authorization", "Bearer"), "Bearer"));
  CHECK_FALSE(credentials(carrying("authorization", "Key a"), "Bearer"));
  CHECK_FALSE(credentials(carrying("x-key", "a"), "Bearer"));
  CHECK(bearer_token(carrying("authorization", "Bearer  a ")) == "a");
  CHECK(bearer_token(carrying("authorization", "Key a")).empty());
}

TEST_CASE("the endpoint of a submission is what its route makes of the path") {
  CHECK(endpoint_at("/models/big/one") == "big/one");
  CHECK(endpoint_at("/models/big/two") == "no route");
  CHECK(endpoint_at("/generate/small") == "small");
  CHECK(endpoint_at("/generate/large") == "none");
}

TEST_CASE("fields under a member are told from the root of the body") {
  CHECK(wrong_in(R"({"input":{"prompt":"a","n":2},"other":1})").empty());
  CHECK(wrong_in(R"({"input":{"n":9}})") == "input.prompt input.n");
  CHECK(wrong_in(R"({"input":5})") == "input");
  CHECK(wrong_in(R"({"prompt":"a"})") == "input");
  CHECK(wrong_in("[]") == "body");
}

TEST_CASE("Prefer: wait holds the answer back, at most as long as the provider lets it") {
  struct Row {
    const char* header;
    std::optional<Duration> wait;
  };
  const Row rows[] = {{"wait", 60s},         {"wait=5", 5s},
                      {"wait=0", 0s},        {"wait=90", 60s},
                      {"respond-async", {}}, {"respond-async, wait=7", 7s},
                      {"wait=", {}},         {"wait=-1", {}},
                      {"wait=1.5", {}},      {"wait=99999999999999999999", {}}};
  for (const Row& row : rows) {
    CAPTURE(row.header);
    CHECK(preferred_wait(carrying("prefer", row.header), 60s, 60s) == row.wait);
  }
  CHECK_FALSE(preferred_wait(carrying("x-a", "b"), 60s, 60s));
}

}  // namespace emulator::test
