#include "emulator/app/scenario_file.h"

#include <doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "emulator/base/manual_loop.h"
#include "emulator/files.h"
#include "tests/support/manual_wall.h"

namespace emulator {
namespace {

const scenario::Vocabulary kVocabulary{{"bfl", "fal", "wavespeed", "apiframe", "vtrix"}, nullptr};

constexpr std::size_t kPictureLimit = 1'000;

// A scenario file in a folder of its own, watched with a timer that goes off when told to.
struct Edited {
  Edited() {
    char name[] = "/tmp/emulator-test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    path = folder + "/story.yaml";
    write("name: first");
    auto read = read_scenario(path, kVocabulary, kPictureLimit);
    REQUIRE(read);
    file = std::make_unique<ScenarioFile>(path, file_stamp(path), std::move(*read), kVocabulary,
                                          kPictureLimit);
    file->watch(loop, {[this](std::shared_ptr<const scenario::Scenario> changed) {
                         taken += changed->name + " ";
                       },
                       [this](const std::string& text) { told += text; }});
  }
  ~Edited() { std::filesystem::remove_all(folder); }

  // A new file under the old name, as editors write it: its stamp differs however fast this runs.
  void write(const std::string& text) {
    std::ofstream(path + ".draft") << text;
    std::filesystem::rename(path + ".draft", path);
  }
  void look_twice() {
    for (int i = 0; i < 2; ++i) {
      wall.advance(std::chrono::milliseconds(100));
      loop.turn();
    }
  }

  std::string folder, path, taken, told;
  test::ManualWall wall;
  ManualLoop loop{wall};
  std::unique_ptr<ScenarioFile> file;
};

TEST_CASE("a changed scenario file is taken up, and says so") {
  Edited story;
  story.write("name: second\nrules:\n  - when: {}\n    then: { end: failed }\n");
  story.look_twice();
  CHECK(story.taken == "second ");
  CHECK(story.told == story.path + " is taken up: 1 rule, counting from 0\n");
  CHECK(story.file->scenario()->name == "second");
}

TEST_CASE("a broken edit keeps the old scenario and tells every problem, once") {
  Edited story;
  story.write("nam: x\nrules: 3\n");
  story.look_twice();
  story.look_twice();
  CHECK(story.taken.empty());
  CHECK(story.file->scenario()->name == "first");
  CHECK(story.told == story.path + ":1:1: unknown key \"nam\"; did you mean \"name\"?\n" +
                          story.path + ":2:8: \"rules\" expects a list of rules, got \"3\"\n" +
                          story.path + " is not taken up: the scenario before it stays\n");
  story.told.clear();
  story.write("name: mended\n");
  story.look_twice();
  CHECK(story.taken == "mended ");
}

TEST_CASE("a file that is gone keeps the old scenario, and may come back") {
  Edited story;
  std::filesystem::remove(story.path);
  story.look_twice();
  CHECK(story.taken.empty());
  CHECK(story.told.find("cannot read " + story.path) == 0);
  story.told.clear();
  story.write("name: first");
  story.look_twice();
  CHECK(story.taken.empty());  // the same text: nothing to take up, no counter is put back
  CHECK(story.told == story.path + " is good again, nothing changed\n");
}

TEST_CASE("a broken edit that is undone is told of, once") {
  Edited story;
  story.write("nam: x");
  story.look_twice();
  story.told.clear();
  for (const char* text : {"name: first", "name: first"}) {
    story.write(text);
    story.look_twice();
  }
  CHECK(story.told == story.path + " is good again, nothing changed\n");
  CHECK(story.taken.empty());
}

TEST_CASE("warnings of a changed file are told with it") {
  Edited story;
  story.write("name: second\nrules:\n  - when: { first: 0 }\n    then: {}\n");
  story.look_twice();
  CHECK(story.told.find(":3:5: this rule can never match") != std::string::npos);
  CHECK(story.taken == "second ");
}

TEST_CASE("picture files are looked for beside the scenario, and what cannot be served is named") {
  Edited story;
  const auto problems = [&](const std::string& file) {
    story.write("name: x\nrules:\n  - when: { on: download }\n    then: { image: { file: " + file +
                " } }\n");
    const auto read = read_scenario(story.path, kVocabulary, kPictureLimit);
    return read ? "" : read.error();
  };
  std::filesystem::create_directory(story.folder + "/pictures");
  std::ofstream(story.folder + "/pictures/small.png") << "picture";
  std::ofstream(story.folder + "/pictures/large.png") << std::string(1'001, 'x');
  const std::string place = story.path + ":3:5: \"image\": ";
  CHECK(problems("pictures/small.png").empty());
  CHECK(problems("pictures/none.png") ==
        place + "cannot read " + story.folder + "/pictures/none.png: No such file or directory");
  CHECK(problems("pictures") ==
        place + "cannot read " + story.folder + "/pictures: it is not a file");
  CHECK(problems("pictures/large.png") ==
        place + story.folder + "/pictures/large.png is larger than 1000 bytes");
}

TEST_CASE("an edit that names a picture which is not there is a broken one") {
  Edited story;
  story.write("name: y\nrules:\n  - when: {}\n    then: { image: { file: none.png } }\n");
  story.look_twice();
  CHECK(story.taken.empty());
  CHECK(story.told.find("none.png: No such file") != std::string::npos);
}

}  // namespace
}  // namespace emulator
