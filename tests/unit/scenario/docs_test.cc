#include <doctest.h>

#include <set>
#include <sstream>

#include "emulator/scenario/keys.h"
#include "emulator/scenario/top_keys.h"
#include "tests/unit/scenario/support.h"

// docs/scenario-format.md shows nothing that does not load.
namespace emulator::scenario {
namespace {

struct Block {
  int line;          // of its fence
  std::string info;  // "yaml", "yaml then", "yaml when"
  std::string text;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  std::istringstream lines(page);
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.rfind("```", 0) == 0) {
      if (!inside) blocks.push_back({number, line.substr(3), ""});
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

std::string indented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += "      " + line + "\n";
  return out;
}

TEST_CASE("every example of the page on the format loads") {
  int checked = 0;
  for (const Block& block : blocks_of(file_text("docs/scenario-format.md"))) {
    if (block.info.rfind("yaml", 0) != 0) continue;
    CAPTURE(block.line);
    CAPTURE(block.text);
    std::string text = block.text;
    if (block.info == "yaml then") {
      text = "rules:\n  - when: { on: any }\n    then:\n" + indented(block.text);
    } else if (block.info == "yaml when") {
      text = "rules:\n  - then: {}\n    when:\n" + indented(block.text);
    } else {
      CHECK(block.info == "yaml");
    }
    CHECK(problems_of(text) == "");
    CHECK(warnings_of(text) == "");
    ++checked;
  }
  CHECK(checked >= 20);
}

void add_keys(const yaml::Node& node, std::set<std::string>& keys) {
  for (const yaml::Node& item : node.items) add_keys(item, keys);
  for (const auto& [key, value] : node.entries) {
    keys.insert(key.scalar);
    add_keys(value, keys);
  }
}

TEST_CASE("every key of the language occurs in an example") {
  std::set<std::string> shown;
  for (const Block& block : blocks_of(file_text("docs/scenario-format.md"))) {
    if (block.info.rfind("yaml", 0) != 0) continue;
    const auto tree = yaml::load(block.text, {1u << 20, 10'000, 32, 1u << 16});
    REQUIRE(tree);
    add_keys(*tree, shown);
  }
  const auto occurs = [&](std::string_view key) {
    CAPTURE(key);
    CHECK(shown.count(std::string(key)) == 1);
  };
  for (const TopKey& row : top_keys()) occurs(row.name);
  for (const WhenKey& row : when_keys()) occurs(row.name);
  for (const ThenKey& row : then_keys()) occurs(row.name);
  for (const TestKey& row : test_keys()) occurs(row.name);
  for (const char* key :
       {"name",     "when",    "then",  "sequence", "repeat",  "go_on",   "times",
        "at_least", "at_most", "p50",   "p99",      "code",    "message", "status",
        "headers",  "body",    "patch", "type",     "loc",     "ctx",     "input",
        "cut",      "slow",    "size",  "style",    "caption", "file",    "delay"})
    occurs(key);
}

TEST_CASE("the page on the format names every key and every profile") {
  const std::string page = file_text("docs/scenario-format.md");
  const auto named = [&](std::string_view key) {
    CAPTURE(key);
    CHECK(page.find("`" + std::string(key) + "`") != std::string::npos);
  };
  for (const TopKey& row : top_keys()) named(row.name);
  for (const WhenKey& row : when_keys()) named(row.name);
  for (const ThenKey& row : then_keys()) named(row.name);
  for (const TestKey& row : test_keys()) named(row.name);
  for (const Profile& profile : *built_in_profiles()) named(profile.name);
  for (const auto& row : kWireWords) named(row.text);
  for (const auto& row : kImageWords) named(row.text);
  for (const auto& row : kLinkWords) named(row.text);
  for (const auto& row : kWebhookFlags) named(row.name);
  for (const auto& row : kEndWords) named(row.text);
  for (const auto& row : kRefusalWords) named(row.text);
  for (const auto& row : kOnWords) named(row.text);
}

}  // namespace
}  // namespace emulator::scenario
