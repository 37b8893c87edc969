#include <doctest.h>

#include <filesystem>
#include <set>

#include "tests/unit/scenario/support.h"

// The scenarios that come with the emulator, as files.
namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

std::set<std::string> names() {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(EMULATOR_SOURCE "/scenarios")) {
    if (entry.path().extension() == ".yaml") out.insert(entry.path().stem().string());
  }
  return out;
}

TEST_CASE("every scenario that comes with the emulator is good, says what it is about and whence") {
  CHECK(names().size() >= 15);
  for (const std::string& name : names()) {
    CAPTURE(name);
    const std::string file = "scenarios/" + name + ".yaml";
    const std::string text = file_text(file);
    const auto loaded = load(file, text, vocabulary());
    if (!loaded) FAIL(yaml::to_line(file, loaded.error().front()));
    CHECK(loaded->scenario->name == name);
    CHECK_FALSE(loaded->scenario->about.empty());
    CHECK(loaded->warnings.empty());
    CHECK(text.starts_with("# "));
    for (const Rule& rule : loaded->scenario->rules) CHECK_FALSE(rule.name.empty());
  }
}

TEST_CASE("the table of scenarios has a row for each") {
  const std::string table = file_text("scenarios/README.md");
  for (const std::string& name : names()) {
    CAPTURE(name);
    CHECK(table.find("| `" + name + "` |") != std::string::npos);
  }
}

TEST_CASE("the names promised by the documentation exist") {
  const std::set<std::string> there = names();
  for (const char* name :
       {"default", "realistic", "nsfw", "moderated", "flaky", "rate-limited", "out-of-credit",
        "links-expire", "slow-downloads", "broken-images", "lost-responses", "webhook-trouble",
        "outage", "stuck", "not-found-at-first"}) {
    CAPTURE(name);
    CHECK(there.count(name) == 1);
  }
}

TEST_CASE("realistic has the time of every endpoint that somebody recorded") {
  World world(file_text("scenarios/realistic.yaml"));
  const auto run_at = [&](std::string_view provider, std::string_view endpoint) {
    Occasion occasion = submit(provider);
    occasion.endpoint = endpoint;
    return world.ask(occasion).then.run->low;
  };
  CHECK(run_at("bfl", "flux-2-max") == 36s);
  CHECK(run_at("bfl", "flux-pro-1.1-ultra-finetuned") == 11s);
  CHECK(run_at("bfl", "flux-pro") == 1640ms);
  CHECK(run_at("apiframe", "midjourney") == 32s);
  CHECK(run_at("vtrix", "flux_pro_11") == 3s);
}

}  // namespace
}  // namespace emulator::scenario
