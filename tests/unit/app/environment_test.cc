#include <doctest.h>

#include <map>
#include <string>

#include "emulator/app/commands.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/base/json.h"

namespace emulator::test {
namespace {

std::map<std::string, std::string> variables(const ServerAccess& place) {
  std::map<std::string, std::string> out;
  for (const Variable& one : sdk_environment(place, Registry(built_in_providers())))
    out[one.name] = one.value;
  return out;
}

std::string text_of(const ServerAccess& place, const std::string& format) {
  const Registry registry(built_in_providers());
  return environment_text(sdk_environment(place, registry), sdk_hints(registry), format);
}

}  // namespace

TEST_CASE("every provider's key and address are there, fal's key with a secret") {
  const auto plain = variables({"http://127.0.0.1:1", "me", ""});
  CHECK(plain.at("BFL_API_KEY") == "me");
  CHECK(plain.at("WAVESPEED_API_KEY") == "me");
  CHECK(plain.at("APIFRAME_API_KEY") == "me");
  CHECK(plain.at("FAL_KEY") == "me:secret");
  CHECK(plain.at("FAL_KEY_ID") == "me");
  CHECK(plain.at("FAL_KEY_SECRET") == "secret");
  CHECK(plain.at("EMULATOR_VTRIX_URL") == "http://127.0.0.1:1/vtrix");
  CHECK_FALSE(plain.contains("EMULATOR_CONTROL_TOKEN"));
  const auto own = variables({"http://127.0.0.1:1", "id:word", "t"});
  CHECK(own.at("FAL_KEY") == "id:word");
  CHECK(own.at("FAL_KEY_SECRET") == "word");
  CHECK(own.at("EMULATOR_SANDBOX") == "id");
  CHECK(own.at("EMULATOR_CONTROL_TOKEN") == "t");
}

TEST_CASE("a variable belongs to one provider, and a hint is a line") {
  const Registry registry(built_in_providers());
  std::map<std::string, std::string> owners;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const contract::SdkVariable& one : registry.doors(p).sdk.variables)
      CHECK_MESSAGE(owners.emplace(one.name, registry.name(p)).second, one.name);
  for (const std::string& hint : sdk_hints(registry)) CHECK(hint.find('\n') == std::string::npos);
}

TEST_CASE("an address by which links would not be followed is left out where all hosts lead here") {
  const Registry registry(built_in_providers());
  const auto has = [&](bool intercepted) {
    for (const Variable& one : sdk_environment({"http://x", "me", ""}, registry, intercepted))
      if (one.name == "BFL_API_BASE") return true;
    return false;
  };
  CHECK(has(false));
  CHECK_FALSE(has(true));
}

TEST_CASE("the address for clients on this machine") {
  CHECK(local_url("127.0.0.1", 80) == "http://127.0.0.1:80");
  CHECK(local_url("localhost", 80) == "http://localhost:80");
  CHECK(local_url("0.0.0.0", 80) == "http://127.0.0.1:80");
  CHECK(local_url("::", 80) == "http://[::1]:80");
  CHECK(local_url("fe80::1", 80) == "http://[fe80::1]:80");
  CHECK(local_url("[::1]", 80) == "http://[::1]:80");
}

TEST_CASE("values are quoted for whoever reads them") {
  const ServerAccess odd{"http://x/a'b\"c\\d$e\nf", "me", ""};
  CHECK(text_of(odd, "sh").find("export EMULATOR_URL='http://x/a'\\''b\"c\\d$e\nf'\n") == 0);
  CHECK(text_of(odd, "dotenv").find("EMULATOR_URL=\"http://x/a'b\\\"c\\\\d\\$e\\nf\"\n") == 0);
  CHECK(Json::parse(text_of(odd, "json"))["EMULATOR_URL"] == odd.url);
  const ServerAccess blank{"http://x/a b", "me", ""};
  CHECK(text_of(blank, "dotenv").find("EMULATOR_URL='http://x/a b'\n") == 0);
}

}  // namespace emulator::test
