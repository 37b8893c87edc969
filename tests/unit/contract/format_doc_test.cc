#include <doctest.h>

#include <fstream>
#include <sstream>

#include "emulator/contract/contract.h"
#include "emulator/contract/facts.h"

// docs/contract-format.md shows what the loader takes: its examples are loaded here.
namespace emulator::contract {
namespace {

// The YAML block of the page that begins with the comment `# name`.
Source example(const std::string& name) {
  std::ifstream file(std::string(EMULATOR_DOCS) + "/contract-format.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const std::string opening = "```yaml\n# " + name + "\n";
  const std::size_t begin = text.find(opening);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = text.find("```\n", begin + opening.size());
  return {name, text.substr(begin + 8, end - begin - 8)};
}

// The values of the page's invented provider.
struct Acme {
  Duration links_live{0};
  std::vector<std::string> regions;
  int active_tasks = 0;
};

std::span<const FactRow> fact_rows(const Acme*) {
  static constexpr FactRow kRows[] = {
      fact<&Acme::links_live>("links_live", "how long a link is good for"),
      fact<&Acme::regions>("regions", "where it is"),
      fact<&Acme::active_tasks>("active_tasks", "tasks that may be unfinished"),
  };
  return kRows;
}

struct AcmeEndpoint {
  bool editor = false;
};

std::span<const FactRow> fact_rows(const AcmeEndpoint*) {
  static constexpr FactRow kRows[] = {fact<&AcmeEndpoint::editor>("editor", "changes pictures")};
  return kRows;
}

struct AcmeError {
  int code = 0;
  std::string message;
};

std::span<const FactRow> fact_rows(const AcmeError*) {
  static constexpr FactRow kRows[] = {needed<&AcmeError::code>("code", "its number"),
                                      fact<&AcmeError::message>("message", "its text")};
  return kRows;
}

OwnTables tables() {
  return {table_of<Acme>(), table_of<AcmeEndpoint>(), {}, table_of<AcmeError>()};
}

TEST_CASE("the examples of the format's page load, one over the other") {
  const Source base = example("contract.yaml");
  const auto doors = load_doors(base);
  REQUIRE(doors);
  CHECK(doors->prefixes.front().first == "/acme/cdn");
  CHECK(doors->target_headers.size() == 2);
  CHECK(doors->sdk.variables.size() == 2);
  CHECK(doors->profiles.size() == 1);
  CHECK(doors->trigger);
  const auto plain = load(base, {}, tables());
  if (!plain) FAIL(plain.error().front());
  CHECK(plain->endpoint("brush-2")->fields.front().name == "format");
  CHECK(plain->endpoint("brush-2")->field("raw") == nullptr);
  CHECK(plain->endpoint("brush-2")->own.as<AcmeEndpoint>().editor);
  CHECK_FALSE(plain->endpoint("brush-1")->own.as<AcmeEndpoint>().editor);
  REQUIRE(plain->task_error<AcmeError>("too_dark") != nullptr);
  CHECK(plain->task_error<AcmeError>("too_dark")->code == 17);
  CHECK(plain->task_error<AcmeError>("too_light") == nullptr);
  CHECK(plain->guesses == std::vector<std::string>{"active_tasks"});

  const auto changed = load(base, {example("my-acme.yaml")}, tables());
  if (!changed) FAIL(changed.error().front());
  CHECK(changed->errors.at("rate_limited").http == 503);
  CHECK(changed->endpoint("brush-1")->price == 7.5);
  CHECK(*changed->endpoint("brush-1")->field("seed")->min == 0);
  CHECK(changed->endpoint("brush-1")->field("seed")->nullable);
  CHECK(changed->endpoint("my-own-brush")->fields.back().name == "tilt");
  CHECK(changed->facts<Acme>().active_tasks == 2);
}

}  // namespace
}  // namespace emulator::contract
