// Every scenario that comes with the emulator, over real sockets: that a client meets what the
// story tells.
#include <doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

std::vector<Story> all_stories() {
  std::vector<Story> out;
  for (const auto& some :
       {common_stories(), bfl_stories(), fal_stories(), wavespeed_stories(), other_stories()})
    out.insert(out.end(), some.begin(), some.end());
  return out;
}

std::set<std::string> files() {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(EMULATOR_SOURCE "/scenarios"))
    if (entry.path().extension() == ".yaml") out.insert(entry.path().stem().string());
  return out;
}

// The scenarios that have a row in the table of scenarios/README.md.
std::multiset<std::string> rows() {
  std::multiset<std::string> out;
  std::ifstream page(EMULATOR_SOURCE "/scenarios/README.md");
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| ")) continue;
    const std::size_t cell = line.find(" | `");
    if (cell == std::string::npos) continue;
    const std::size_t end = line.find('`', cell + 4);
    if (line.compare(end, 3, "` |") == 0) out.insert(line.substr(cell + 4, end - cell - 4));
  }
  return out;
}

}  // namespace

TEST_CASE("each story: what it tells is what a client meets") {
  for (const Story& story : all_stories()) {
    SUBCASE(story.scenario) {
      Stage stage(story.scenario);
      story.play(stage);
    }
  }
}

TEST_CASE("every scenario has a story that is tried, and one row of the table") {
  std::set<std::string> told;
  for (const Story& story : all_stories()) {
    CAPTURE(story.scenario);
    CHECK(told.insert(story.scenario).second);
  }
  CHECK(told == files());
  const std::multiset<std::string> listed = rows();
  CHECK(std::set<std::string>(listed.begin(), listed.end()) == files());
  CHECK(listed.size() == files().size());
}

}  // namespace emulator::test
