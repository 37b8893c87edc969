// The binary as a user runs it: exit codes, messages, files.
#include <doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/base/json.h"
#include "tests/support/test_server.h"

namespace emulator::test {
namespace {

struct Outcome {
  int code = -1;
  std::string out;  // stdout and stderr together
};

Outcome run(const std::string& arguments) {
  Outcome outcome;
  FILE* pipe = ::popen((std::string(BINARY) + " " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4'096> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    outcome.out.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// A folder of its own, gone with the test.
struct Folder {
  Folder() {
    char name[] = "/tmp/emulator-test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    const std::string full = path + "/" + name;
    std::ofstream(full) << text;
    return full;
  }
  std::string path;
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("what cannot work ends with one clear line and code 2") {
  const Folder folder;
  const std::string broken = folder.file("broken.yaml", "name: x\nrulez: []\n");
  TestServer busy(TestServer::quiet());
  struct Row {
    std::string arguments;
    std::string says;
  };
  const Row rows[] = {
      {"serve --port 70000", "--port"},
      {"serve --prot 1", "--prot"},
      {"serve --port " + std::to_string(busy.port()), "in use"},
      {"serve --port 0 --scenario nope", "unknown scenario \"nope\""},
      {"serve --port 0 --scenario " + folder.path + "/none.yaml", "cannot read"},
      {"serve --port 0 --scenario " + broken, "broken.yaml:2:1"},
      {"serve --port 0 --port-file " + folder.path + "/no/such/folder/port", "--port-file"},
      {"serve --port 0 --clock tomorrow", "manual"},
      {"serve --port 0 --clock manual@noon", "\"noon\""},
      {"serve --port 0 --public-url nowhere", "http"},
      {"serve --port 0 --max-body 5XB", "--max-body"},
      {"serve --port 0 --log loud", "human"},
      {"serve --port 0 --host no-such-host.invalid", "no-such-host.invalid"},
      {"serve --port 0 --unix-socket " + folder.path, folder.path},
      {"serve --port 0 --contract " + folder.path, "not a file"},
      {"list things", "things"},
      {"", "subcommand"},
  };
  for (const Row& row : rows) {
    INFO(row.arguments);
    const Outcome outcome = run(row.arguments);
    CHECK(outcome.code == 2);
    CHECK(lines(outcome.out) == 1);
    CHECK_MESSAGE(outcome.out.find(row.says) != std::string::npos, outcome.out);
  }
}

TEST_CASE("check lists every problem with its place, and warnings do not count as such") {
  const Folder folder;
  const std::string bad =
      folder.file("bad.yaml", "name: x\nrules:\n  - thn: {}\n  - then: { run: 20 }\n");
  const std::string odd = folder.file("odd.yaml",
                                      "name: x\nrules:\n  - when: { on: any }\n    then: { end: "
                                      "failed }\n  - when: { prompt: a }\n    then: {}\n");
  const Outcome human = run("check " + bad + " " + odd);
  CHECK(human.code == 2);
  CHECK(human.out.find("bad.yaml:3:5: ") != std::string::npos);
  CHECK(human.out.find("bad.yaml:4:") != std::string::npos);
  CHECK(human.out.find("warning: ") != std::string::npos);
  CHECK(run("check " + odd).code == 0);
  const Json json = Json::parse(run("check --format json " + bad + " " + odd).out);
  CHECK(json["ok"] == false);
  CHECK(json["problems"].size() >= 3);
  CHECK(run("check " + folder.path + "/none.yaml").code == 2);
}

TEST_CASE("check refuses what the provider named does not have, with a list of what it has") {
  const Folder folder;
  const std::string file = folder.file(
      "x.yaml", "name: x\nrules:\n  - when: { provider: bfl }\n    then: { end: cancelled }\n");
  const Outcome outcome = run("check " + file);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.find("output_moderated") != std::string::npos);
}

TEST_CASE("the lists, the schema and the version are printed") {
  CHECK(run("list providers").out.find("bfl\n") != std::string::npos);
  CHECK(run("list scenarios").out.find("links-expire") != std::string::npos);
  CHECK(run("list endpoints").out.find("bfl flux-pro-1.1-ultra\n") != std::string::npos);
  CHECK(Json::parse(run("list outcomes --format json").out)["ends"]["succeed"]["bfl"] == "Ready");
  CHECK(Json::parse(run("schema").out).contains("$schema"));
  CHECK(run("version").out.starts_with("provider-emulator "));
  const Outcome help = run("serve --help");
  CHECK(help.code == 0);
  CHECK(help.out.find("EMULATOR_PORT") != std::string::npos);
}

TEST_CASE("the page on coverage is what the contracts say") {
  std::ifstream page(DOCS "/coverage.md");
  const std::string text((std::istreambuf_iterator<char>(page)), {});
  CHECK_MESSAGE(run("list coverage").out == text,
                "rewrite docs/coverage.md with: provider-emulator list coverage");
}

TEST_CASE("every built-in scenario is good") { CHECK(run("check " SCENARIOS "/*.yaml").code == 0); }

TEST_CASE("flags come from the environment as well") {
  const Folder folder;
  const Outcome outcome = run("serve --port 0 --scenario " + folder.path + "/none.yaml");
  CHECK(outcome.code == 2);
  ::setenv("EMULATOR_SCENARIO", "from-the-environment", 1);
  const Outcome other = run("serve --port 0");
  ::unsetenv("EMULATOR_SCENARIO");
  CHECK(other.code == 2);
  CHECK(other.out.find("from-the-environment") != std::string::npos);
}

}  // namespace emulator::test
