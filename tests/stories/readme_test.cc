// The story that README.md tells in five lines, taken from there and tried.
#include <doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

// The first block of YAML of a page behind `heading`.
std::string block_behind(const std::string& heading) {
  std::ifstream file(EMULATOR_SOURCE "/README.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::size_t from = page.find("```yaml\n", page.find(heading)) + 8;
  return page.substr(from, page.find("```", from) - from);
}

}  // namespace

TEST_CASE("README: our app paid twice when the answer got lost") {
  const std::string story = block_behind("## Our app paid twice");
  CHECK(std::count(story.begin(), story.end(), '\n') == 5);
  Stage stage("default");
  CHECK(stage.send("wavespeed", "PUT", "/_emulator/sandboxes/k/scenario", story).status == 200);
  const auto balance = [&] {
    return stage.send("wavespeed", "GET", "/api/v3/balance").body["data"]["balance"].get<double>();
  };
  const double before = balance();
  CHECK(stage.submit("wavespeed").answer.status == 0);  // the app sees a broken connection,
  const double once = balance();
  CHECK(once < before);
  CHECK(stage.submit("wavespeed").answer.status == 200);   // submits again,
  CHECK(stage.tasks() == 2);                               // and has two tasks
  CHECK(balance() == doctest::Approx(2 * once - before));  // paid twice
}

}  // namespace emulator::test
