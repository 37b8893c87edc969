#include <doctest.h>

#include <filesystem>
#include <set>

#include "tests/unit/scenario/support.h"

// The scenarios that come with the emulator, as files.
namespace emulator::scenario {
namespace {

std::set<std::string> names() {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(EMULATOR_SOURCE "/scenarios")) {
    if (entry.path().extension() == ".yaml") out.insert(entry.path().stem().string());
  }
  return out;
}

// The words of these tests, and the endpoints that scenarios name beside them.
const Vocabulary& with_named_endpoints() {
  static const ProviderWords kBfl = [] {
    ProviderWords words = *vocabulary().words("bfl");
    for (const char* endpoint :
         {"flux-kontext-pro", "flux-2-pro", "flux-2-flex", "flux-2-max", "flux-2-klein-9b",
          "flux-pro-1.0-fill", "flux-pro-1.0-expand", "flux-3-image"})
      words.endpoints.emplace_back(endpoint);
    return words;
  }();
  static const Vocabulary kWords = {vocabulary().providers,
                                    [](std::string_view name) -> const ProviderWords* {
                                      return name == "bfl" ? &kBfl : vocabulary().words(name);
                                    },
                                    {},
                                    vocabulary().profiles};
  return kWords;
}

TEST_CASE("every scenario that comes with the emulator is good, says what it is about and whence") {
  CHECK(names().size() >= 15);
  for (const std::string& name : names()) {
    CAPTURE(name);
    const std::string file = "scenarios/" + name + ".yaml";
    const std::string text = file_text(file);
    const auto loaded = load(file, text, with_named_endpoints());
    if (!loaded) FAIL(yaml::worded(file, loaded.error().front()));
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

}  // namespace
}  // namespace emulator::scenario
