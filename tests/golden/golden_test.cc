// Plays every fixture and compares byte for byte.
#include <doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "acme_provider.h"
#include "replicate_provider.h"
#include "tests/golden/fixture.h"

namespace {

std::vector<std::string> fixture_files(const char* folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml" && entry.path().filename() != "story.yaml")
      out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("every fixture plays as it is written") {
  const std::vector<std::string> files = fixture_files(FIXTURES);
  REQUIRE(!files.empty());
  // REBASE=<part of a path> rewrites the expected bodies of those fixtures instead.
  const char* rebase = std::getenv("REBASE");
  for (const std::string& file : files) {
    const auto fixture = emulator::test::Fixture::read(file);
    if (!fixture) {
      FAIL_CHECK(fixture.error());
      continue;
    }
    if (rebase != nullptr && file.find(rebase) != std::string::npos) {
      const std::string text = fixture->rebased();
      std::ofstream(file) << text;
      continue;
    }
    std::vector<emulator::test::Difference> differences;
    CHECK_NOTHROW_MESSAGE(differences = fixture->play(), file);
    for (const auto& difference : differences)
      FAIL_CHECK(file << ":" << difference.line << ": " << difference.what);
  }
}

namespace {

void play_all(const char* folder, const emulator::Registry::Entry& provider) {
  const std::vector<std::string> files = fixture_files(folder);
  REQUIRE(!files.empty());
  for (const std::string& file : files) {
    const auto fixture = emulator::test::Fixture::read(file);
    REQUIRE_MESSAGE(fixture, fixture.error());
    for (const auto& difference : fixture->play({provider}))
      FAIL_CHECK(file << ":" << difference.line << ": " << difference.what);
  }
}

}  // namespace

TEST_CASE("what scripts/new-provider lays out plays its own fixtures") {
  play_all(ACME_FIXTURES, emulator::test::acme_provider());
}

TEST_CASE("what docs/adding-a-provider.md makes of it plays the fixtures of the page") {
  play_all(REPLICATE_FIXTURES, emulator::test::replicate_provider());
}
