// Documents that follow from a contract are rendered once, however often they are asked for.
#include <doctest.h>

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/pipeline/document.h"
#include "emulator/providers/bfl/openapi.h"
#include "tests/support/cpu_time.h"
#include "tests/support/world.h"

namespace emulator::test {

TEST_CASE("a document is rendered anew only for another address") {
  Document document;
  int rendered = 0;
  const auto text = [&](const std::string& address) {
    return document.text(address, [&] {
      ++rendered;
      return "at " + address;
    });
  };
  for (int i = 0; i < 5; ++i) CHECK(text("a") == "at a");
  CHECK(rendered == 1);
  CHECK(text("b") == "at b");
  CHECK(text("a") == "at a");
  CHECK(rendered == 3);
}

TEST_CASE(
    "asking fifty times for the description of BFL's API costs less than making it ten times") {
  World world;
  const auto provider = world.registry.find("bfl");
  REQUIRE(provider);
  const contract::Contract& contract = world.registry.contract(*provider);
  const auto first = world.send(request("GET", "/bfl/openapi.json"));
  REQUIRE(first);
  CHECK(first->body == compact_json(bfl::openapi_document(contract)));
  const double made = least_cpu([&] {
    for (int i = 0; i < 10; ++i) compact_json(bfl::openapi_document(contract));
  });
  const double asked = least_cpu([&] {
    for (int i = 0; i < 50; ++i)
      CHECK(world.send(request("GET", "/bfl/openapi.json"))->body == first->body);
  });
  CHECK(asked < made);
}

TEST_CASE("WaveSpeed's list of models names the address it was asked at, kept or not") {
  World world;
  const auto models = [&](const std::string& host) {
    const auto reply = world.send(request("GET", "/wavespeed/api/v3/models",
                                          {{"host", host}, {"authorization", "Bearer me"}}));
    REQUIRE(reply);
    CHECK(reply->status == 200);
    CHECK(reply->headers.get("content-type").value_or("").starts_with("application/json"));
    return reply->body;
  };
  const std::string here = models("127.0.0.1:1");
  CHECK(here.find("http://127.0.0.1:1/") != std::string::npos);
  CHECK(models("127.0.0.1:1") == here);
  CHECK(models("127.0.0.1:2").find("http://127.0.0.1:2/") != std::string::npos);
  CHECK(models("127.0.0.1:1") == here);
}

}  // namespace emulator::test
