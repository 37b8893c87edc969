#include "emulator/pipeline/keys.h"

#include <doctest.h>

#include <string>

namespace emulator::test {
namespace {

const std::vector<std::string> kProviders = {"bfl", "fal", "wavespeed"};

std::shared_ptr<const KeyBook> book(std::string_view text) {
  auto loaded = KeyBook::load(text, kProviders);
  REQUIRE(loaded);
  return *loaded;
}

std::string problems(std::string_view text) {
  const auto loaded = KeyBook::load(text, kProviders);
  REQUIRE_FALSE(loaded);
  std::string out;
  for (const yaml::Problem& problem : loaded.error())
    out += yaml::to_line("keys.yaml", problem) + "\n";
  return out;
}

Keys going_by(std::string_view text) {
  Keys keys(Keys::Policy::kBook, "");
  keys.go_by(book(text), [](std::string_view key) {
    return std::string(key.starts_with("afk_") ? "afk_~1" : key.substr(0, key.find(':')));
  });
  return keys;
}

}  // namespace

TEST_CASE("a key is known to the providers its entry names, or to all") {
  const Keys keys = going_by(
      "keys:\n"
      "  - { key: everywhere }\n"
      "  - { key: here, providers: bfl }\n"
      "  - { key: both, providers: [bfl, fal] }\n"
      "  - { key: both, providers: [wavespeed], inactive: true }\n"
      "  - { key: 'ci-*' }\n"
      "  - { key: ci-gone, inactive: true }\n");
  struct Row {
    const char* provider;
    const char* key;
    KeyStanding standing;
  };
  const Row rows[] = {
      {"bfl", "everywhere", KeyStanding::kLetIn},    {"fal", "everywhere", KeyStanding::kLetIn},
      {"bfl", "here", KeyStanding::kLetIn},          {"fal", "here", KeyStanding::kUnknown},
      {"fal", "both", KeyStanding::kLetIn},          {"wavespeed", "both", KeyStanding::kInactive},
      {"fal", "ci-17", KeyStanding::kLetIn},         {"fal", "ci-gone", KeyStanding::kInactive},
      {"fal", "CI-17", KeyStanding::kUnknown},       {"bfl", "", KeyStanding::kUnknown},
      {"bfl", "everywhere2", KeyStanding::kUnknown}, {"bfl", "emu.nsfw.x", KeyStanding::kUnknown},
  };
  for (const Row& row : rows) {
    INFO(row.provider, " ", row.key);
    CHECK(keys.standing(row.provider, row.key) == row.standing);
  }
}

TEST_CASE("an entry with a secret wants that secret, one without takes any") {
  const Keys keys = going_by("keys: [{ key: 'a:right' }, { key: b }]");
  CHECK(keys.standing("fal", "a:right") == KeyStanding::kLetIn);
  CHECK(keys.standing("fal", "a:wrong") == KeyStanding::kUnknown);
  CHECK(keys.standing("fal", "a") == KeyStanding::kUnknown);
  CHECK(keys.standing("fal", "b:anything") == KeyStanding::kLetIn);
  CHECK(keys.standing("fal", "b") == KeyStanding::kLetIn);
}

TEST_CASE("credits and limits belong to the sandbox that the key names") {
  const Keys keys = going_by(
      "keys:\n"
      "  - { key: poor, credits: 5, limits: { running: 2, rate: { submissions: 3, window: 10s } } "
      "}\n"
      "  - { key: mixed, credits: { fal: 7.5 } }\n"
      "  - { key: 'ci-*', credits: 1 }\n"
      "  - { key: afk_0123456789abcdef, credits: 9 }\n");
  CHECK(keys.credits("bfl", "poor") == 5);
  CHECK(keys.credits("fal", "mixed") == 7.5);
  CHECK_FALSE(keys.credits("bfl", "mixed"));
  CHECK(keys.credits("bfl", "ci-1") == 1);
  CHECK(keys.credits("bfl", "afk_~1") == 9);
  CHECK_FALSE(keys.credits("bfl", "stranger"));

  AccountLimits own;
  own.running = 9;
  own.announced = true;
  const AccountLimits poor = keys.limited(own, "bfl", "poor");
  CHECK(poor.running == 2);
  CHECK(poor.submissions == 3);
  CHECK(poor.window == std::chrono::seconds(10));
  CHECK(poor.announced);
  CHECK(keys.limited(own, "bfl", "mixed").running == 9);
  CHECK_FALSE(keys.limited(own, "bfl", "mixed").submissions);
}

TEST_CASE("whatever the policy, a key that is welcome is let in") {
  CHECK(Keys(Keys::Policy::kFormat, "run").standing("bfl", "run") == KeyStanding::kLetIn);
  CHECK(Keys(Keys::Policy::kFormat, "run").standing("fal", "run:secret") == KeyStanding::kLetIn);
  CHECK(Keys(Keys::Policy::kFormat, "run").standing("bfl", "other") == KeyStanding::kFormMatters);
  CHECK(Keys(Keys::Policy::kBook, "").standing("bfl", "") == KeyStanding::kUnknown);
  CHECK(Keys(Keys::Policy::kAny, "").standing("bfl", "x") == KeyStanding::kLetIn);
}

TEST_CASE("JSON is read as well") {
  const auto read = book(R"({"keys": [{"key": "me", "credits": 3, "inactive": false}]})");
  REQUIRE(read->entries().size() == 1);
  CHECK(read->entries()[0].credits == 3);
}

TEST_CASE("every problem of a key file is told at once, with its place and a remedy") {
  CHECK(problems("keys:\n"
                 "  - { key: a, credit: 3 }\n"
                 "  - { providers: [bfl] }\n"
                 "  - { key: b, providers: [bfk] }\n"
                 "  - { key: c, credits: -1, limits: { running: 0 } }\n"
                 "  - { key: d, limits: { rate: { submissions: 3, window: 5 } } }\n"
                 "  - { key: a, providers: fal }\n"
                 "  - nonsense\n"
                 "kesy: []\n") ==
        "keys.yaml:2:15: unknown key \"credit\" under \"a key\"; did you mean \"credits\"?\n"
        "keys.yaml:3:5: an entry wants a \"key\"\n"
        "keys.yaml:4:27: unknown provider \"bfk\"; did you mean \"bfl\"?\n"
        "keys.yaml:5:24: \"credits\" expects a number that is not negative, got \"-1\"\n"
        "keys.yaml:5:47: \"running\" expects a whole number from 1 to 1000000, got \"0\"\n"
        "keys.yaml:6:57: \"window\": a bare number needs a unit: write 5s\n"
        "keys.yaml:7:5: this key is listed for fal already, in line 2\n"
        "keys.yaml:8:5: \"keys\" expects entries such as {key: me, credits: 10}, got \"nonsense\"\n"
        "keys.yaml:9:1: unknown key \"kesy\" under \"the file\"; did you mean \"keys\"?\n");
  CHECK(problems("- a\n").find("keys.yaml:1:1: ") == 0);
  CHECK(problems("").find("keys: [{key: me}]") != std::string::npos);
  CHECK(problems("keys: [").find("keys.yaml:1:") == 0);
  CHECK(problems("{}").find("\"keys\" is missing") != std::string::npos);
}

TEST_CASE("problems do not repeat a key, which may be a true one") {
  CHECK(problems("keys: [{ key: sa-secret-0123 }, { key: sa-secret-0123 }]").find("secret") ==
        std::string::npos);
  CHECK(problems("keys: [{ key: [sa-secret-0123] }]").find("secret") == std::string::npos);
}

}  // namespace emulator::test
