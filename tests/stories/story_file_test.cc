#include "tests/stories/story_file.h"

#include <doctest.h>

#include <stdexcept>

#include "emulator/files.h"

namespace emulator::test {
namespace {

std::string problem_of(const std::string& text) {
  try {
    read_story_file("story.yaml", text);
  } catch (const std::runtime_error& problem) {
    return problem.what();
  }
  return "";
}

const std::string kRest =
    "pictures: /p\nstatus: /s\ndone: d\nfailed: f\nrefusals: { unauthenticated: 401, "
    "out_of_credit: 402 }\n";

}  // namespace

TEST_CASE("a story file says what is missing or misspelt in it") {
  CHECK(problem_of("submit: { path: /a }\npoll: /url\n" + kRest).empty());
  CHECK(problem_of("submit: { path: /a }\nid: /id\npoll: '/t/{id}'\n" + kRest).empty());
  CHECK(problem_of("submit: { path: /a }\npoll: '/t/{id}'\n" + kRest)
            .ends_with("\"poll\" is a path with {id}, where \"id\" is; else a pointer"));
  CHECK(problem_of("submit: { path: /a }\npol: /url\n" + kRest) ==
        "story.yaml:2:1: unknown key \"pol\"");
  CHECK(problem_of("submit: { path: /a }\npoll: /url\n").ends_with("\"pictures\" is missing"));
  CHECK(problem_of("poll: /url\n" + kRest).ends_with("\"submit\" is missing"));
  CHECK(problem_of("submit: { path: [] }\n") == "story.yaml:1:17: this is no text");
}

TEST_CASE("the story files that are laid out for a new provider are good") {
  for (const std::string folder : {ACME_FIXTURES, REPLICATE_FIXTURES}) {
    const std::string file = folder + "/story.yaml";
    const auto text = read_file(file, 1u << 20);
    REQUIRE_MESSAGE(text, file);
    CHECK_NOTHROW(read_story_file(file, *text));
  }
}

}  // namespace emulator::test
