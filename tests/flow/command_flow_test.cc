// The binary as a user runs it: exit codes, messages, files.
#include <doctest.h>
#include <httplib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
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
      {"serve --prot 1", "unknown option of serve \"--prot\"; did you mean \"--port\"?"},
      {"serve --port 0 --quite-another=1", "unknown option of serve \"--quite-another\""},
      {"run --clok skip -- true", "unknown option of run \"--clok\"; did you mean \"--clock\"?"},
      {"chek x", "unknown command \"chek\"; did you mean \"check\"?"},
      {"frobnicate", "unknown command \"frobnicate\"; there are serve, run, hunt, env, ca, check"},
      {"--hlep", "unknown option \"--hlep\"; did you mean \"--help\"?"},
      {"--port 0", "the option \"--port\" stands behind its command, as in: serve --port"},
      {"-x", "unknown option \"-x\"; a command comes first: serve, run"},
      {"run npm test", "run wants its command behind --, as in: run -- npm test"},
      {"show nsfv", "unknown scenario \"nsfv\"; did you mean \"nsfw\"?"},
      {"init 'a b'", "\"a b\" is no name for a scenario"},
      {"init " + folder.path + "/no/such/story", "cannot write"},
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

TEST_CASE("check reads stdin, and ends with what it found in all") {
  const Folder folder;
  const std::string good = folder.file("good.yaml", "rules: []\n");
  const Outcome piped = run("check - " + good + " < " + folder.file("bad.yaml", "rulez: []\n"));
  CHECK(piped.code == 2);
  CHECK(piped.out == "stdin:1:1: unknown key \"rulez\"; did you mean \"rules\"?\n" + good +
                         ": good\nchecked 2 files: 1 good, 1 bad; 1 error, 0 warnings\n");
  const Outcome one = run("check /dev/stdin < " + good);
  CHECK(one.code == 0);
  CHECK(one.out == "stdin: good\nchecked 1 file: 1 good, 0 bad; 0 errors, 0 warnings\n");
}

TEST_CASE("words that the named provider has not are refused, as its contract has them") {
  const Folder folder;
  struct Row {
    const char* when;
    const char* then;
    const char* says;
  };
  const Row rows[] = {
      {"provider: vtrix", "webhook: { times: 2 }", "vtrix sends no webhooks"},
      {"provider: vtrix, on: webhook", "webhook: drop", "vtrix has no request \"webhook\""},
      {"provider: bfl, on: cancel", "refuse: not_found", "bfl has no request \"cancel\""},
      {"provider: bfl, on: stream", "delay: 1s", "bfl has no request \"stream\""},
      {"provider: bfl", "nsfw: [true]", "bfl flags no pictures"},
      {"provider: apiframe", "nsfw: true", "apiframe flags no pictures"},
      {"provider: bfl", "error: { message: a, type: b, loc: [c] }",
       "bfl's errors have no \"type\""},
      {"provider: wavespeed", "error: { message: a, code: b, ctx: {} }",
       "wavespeed's errors have no \"ctx\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.when);
    CAPTURE(row.then);
    const std::string file = folder.file("x.yaml", std::string("rules:\n  - when: { ") + row.when +
                                                       " }\n    then: { " + row.then + " }\n");
    const Outcome outcome = run("check " + file);
    CHECK(outcome.code == 2);
    CHECK_MESSAGE(outcome.out.find(row.says) != std::string::npos, outcome.out);
  }
  const std::string fine = folder.file("fine.yaml",
                                       "rules:\n  - when: { provider: fal }\n    then: { error: { "
                                       "type: a, message: b, loc: [c] } }\n"
                                       "  - when: { endpoint: \"flux-pr0*\" }\n    then: {}\n");
  const Outcome outcome = run("check " + fine);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("warning: " + fine +
                         ":4:23: endpoint \"flux-pr0*\" fits no endpoint known of any provider") !=
        std::string::npos);
}

TEST_CASE("init writes a file that is good, also without its comment signs, and overwrites none") {
  const Folder folder;
  const std::string story = folder.path + "/my-story";
  const Outcome outcome = run("init " + story);
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "wrote " + story + ".yaml\nwrote " + folder.path +
                           "/provider-emulator.schema.json, by which editors complete and check "
                           "it\n");
  std::ifstream written(story + ".yaml");
  const std::string text((std::istreambuf_iterator<char>(written)), {});
  CHECK(text.starts_with("# yaml-language-server: $schema=provider-emulator.schema.json\n"));
  CHECK(text.find("\nname: my-story\n") != std::string::npos);
  std::string whole = text.substr(text.find("rules:"));
  for (const auto& [sign, none] : {std::pair<std::string, std::string>{"  # ", "  "},
                                   {"\n# expect", "\nexpect"},
                                   {"\n#   - {", "\n  - {"}})
    for (std::size_t at; (at = whole.find(sign)) != std::string::npos;)
      whole.replace(at, sign.size(), none);
  const std::string uncommented = folder.file("whole.yaml", whole);
  for (const std::string& file : {story + ".yaml", uncommented}) {
    const Outcome checked = run("check " + file);
    CHECK_MESSAGE(checked.out == file +
                                     ": good\nchecked 1 file: 1 good, 0 bad; 0 errors, 0 "
                                     "warnings\n",
                  checked.out);
  }
  CHECK(whole.find("expect:\n") != std::string::npos);

  const Outcome again = run("init " + story + ".yaml");
  CHECK(again.code == 2);
  CHECK(again.out ==
        "provider-emulator: " + story + ".yaml is there already, and stays as it is\n");
  CHECK(run("init " + folder.path + "/other").out.find("schema.json is there already\n") !=
        std::string::npos);
  folder.file("provider-emulator.schema.json", "{}");
  CHECK(run("init " + folder.path + "/third").out.find("and left as it is") != std::string::npos);
}

TEST_CASE("a built-in scenario is shown as it is") {
  std::ifstream file(SCENARIOS "/nsfw.yaml");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  CHECK(run("show nsfw").out == text);
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
  CHECK(run("list providers").out.find("bfl        /bfl ") != std::string::npos);
  CHECK(run("list scenarios").out.find("links-expire") != std::string::npos);
  CHECK(run("list endpoints").out.find("bfl        flux-pro-1.1-ultra\n") != std::string::npos);
  CHECK(Json::parse(run("list outcomes --format json").out)["ends"]["succeed"]["bfl"] == "Ready");
  CHECK(Json::parse(run("schema").out).contains("$schema"));
  CHECK(run("version").out.starts_with("provider-emulator "));
  const std::string words = run("list words").out;
  for (const char* word : {"bad_signature", "garbage", "zero_bytes", "bfl-flux-2-pro", "forbidden"})
    CHECK(words.find(word) != std::string::npos);
  CHECK(Json::parse(run("list providers --format json").out)[0]["key"] == "x-key: KEY");
}

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST_CASE("help is in groups, fits 80 columns, and keeps the limits for --help-all") {
  for (const std::string command : {"serve", "run", "hunt"}) {
    CAPTURE(command);
    const Outcome help = run(command + " --help");
    CHECK(help.code == 0);
    CAPTURE(help.out);
    CHECK(longest_line(help.out) <= 80);
    CHECK(lines(help.out) < 95);
    for (const char* part : {"\nListening:\n", "\nWhat providers do:\n", "\nWebhooks:\n",
                             "EMULATOR_PORT for --port", "Limits: --help-all."})
      CHECK(help.out.find(part) != std::string::npos);
    CHECK(help.out.find("--max-body") == std::string::npos);
    CHECK((help.out.find("This command:") != std::string::npos) == (command != "serve"));
    const Outcome all = run(command + " --help-all");
    CHECK(all.code == 0);
    CHECK(longest_line(all.out) <= 80);
    CHECK(all.out.find("\nLimits:\n") != std::string::npos);
    CHECK(all.out.find("largest request body [128MiB]") != std::string::npos);
    CHECK(all.out.find("--trial-report") == std::string::npos);
  }
  const std::string run_help = run("run --help").out;
  CHECK(run_help.find("run [OPTIONS] -- COMMAND...") != std::string::npos);
  CHECK(run_help.find("--report FILE") < run_help.find("--port N"));
  CHECK(longest_line(run("--help").out) <= 80);
}

TEST_CASE("a webhook list of a sandbox that is not there is a mistake") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  REQUIRE(client.Get("/_emulator/sandboxes/my-tests"));
  const Outcome outcome = run("list webhooks --sandbox my-test --at " + server.base());
  CHECK(outcome.code == 2);
  CHECK(outcome.out.find("there is no sandbox \"my-test\"; did you mean \"my-tests\"?") !=
        std::string::npos);
  CHECK(run("list webhooks --sandbox my-tests --at " + server.base()).code == 0);
}

TEST_CASE("the start tells a person what there is and what to do next") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  config.announce = true;
  TestServer server(config);
  server.stop();
  CHECK(server.out() == "listening on " + server.base() + "\n");
  CHECK(server.err().starts_with("scenario default: "));
  CHECK(server.err().find("\nproviders below it, with any API key: /bfl /fal ") !=
        std::string::npos);
  CHECK(server.err().find("provider-emulator env --port " + std::to_string(server.port()) + ")") !=
        std::string::npos);
  CHECK(server.err().find("\npage " + server.base() + "/_emulator/\n") != std::string::npos);
  CHECK(lines(server.err()) == 5);
}

TEST_CASE("the page on coverage is what the contracts say") {
  std::ifstream page(DOCS "/coverage.md");
  const std::string text((std::istreambuf_iterator<char>(page)), {});
  CHECK_MESSAGE(run("list coverage").out == text,
                "rewrite docs/coverage.md with: provider-emulator list coverage");
}

TEST_CASE("the page on values is what the tables of the contracts say") {
  std::ifstream page(DOCS "/values.md");
  const std::string text((std::istreambuf_iterator<char>(page)), {});
  CHECK_MESSAGE(run("list values").out == text,
                "rewrite docs/values.md with: provider-emulator list values");
  const Json all = Json::parse(run("list values --format json").out);
  const Json& life = all.at("bfl").at("link_life");
  CHECK(life.at("value") == "10m");
  CHECK(life.at("kind") == "a duration such as 10m");
  CHECK(life.at("common") == true);
  CHECK(all.at("bfl").at("delivery_form").at("kind") == "one of durable, results");
}

TEST_CASE("a contract with mistakes stops the start, each of them with its place") {
  const Folder folder;
  const std::string file = folder.file("mine.yaml",
                                       "provider: fal\n"
                                       "routes: { mine: { on: account, method: GET, path: /m } }\n"
                                       "values:\n"
                                       "  link_lif: 1m\n"
                                       "  queue_place: 5\n"
                                       "  webhook_user: 5\n"
                                       "  submit_state: reel\n"
                                       "  listing_routes: [quue]\n");
  for (const char* command : {"serve --port 0 --contract ", "list endpoints --contract "}) {
    const Outcome outcome = run(command + file);
    CHECK(outcome.code == 2);
    CHECK(lines(outcome.out) == 7);
    for (const char* problem :
         {":2:11: the route \"mine\" has no \"door\"",
          ":2:11: no code answers the route \"mine\" (`on: account`)",
          ":4:3: unknown value \"link_lif\"; did you mean \"link_life\"?",
          ":5:16: \"queue_place\": a duration needs a unit (ms, s, m, h or d), got \"5\"",
          ":6:17: expected a text (in quotes) under \"webhook_user\", got \"5\"",
          ":7:17: \"submit_state\" is one of queued, real, not \"reel\"; did you mean \"real\"?",
          ":8:20: no route \"quue\" under \"listing_routes\""}) {
      CAPTURE(std::string(problem));
      CHECK_MESSAGE(outcome.out.find(file + problem) != std::string::npos, outcome.out);
    }
  }
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

}  // namespace emulator::test::TEST_FILE
