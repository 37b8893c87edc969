// README.md and docs/: every command is typed into a shell, in order, and every answer that a page
// prints is compared with the one that came. What cannot be run here is named, with the reason.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/docs/shell.h"
#include "tests/support/page.h"
#include "tests/support/test_server.h"

namespace emulator::test {
namespace {

// A heading where something has to be true before its commands make sense.
struct Scene {
  std::string heading;
  std::string scenario;  // a file that an earlier block wrote: a server of its own, with that
  std::string before;    // typed before the first command
};

struct Page {
  std::string file;
  // Blocks that are not run, by the beginning of their text, and why.
  std::vector<std::pair<std::string, std::string>> left_out = {};
  std::vector<Scene> scenes = {};
};

const std::string kSubmit =
    "curl -s $EMULATOR/bfl/v1/flux-dev -H 'x-key: me' -H 'content-type: application/json' "
    "-d '{\"prompt\":\"a cat\"}' >/dev/null\n";

const Page kPages[] = {
    {"README.md",
     {{"scripts/serve          #", "builds everything; scripts/follow-readme does it"},
      {"provider-emulator hunt -- npm test", "wants a suite that asks; docs/judge.md tries it"},
      {"sudo cmake --install", "changes the machine; scripts/follow-readme does it elsewhere"}},
     {{"Understanding an answer", "slow.yaml",
       "for i in $(seq 14); do curl -s \"$EMULATOR/bfl/v1/get_result?id=none\" -H 'x-key: me'; "
       "done\n" +
           kSubmit + kSubmit + kSubmit}}},
    {"docs/control-api.md",
     {{"provider-emulator serve --clock manual", "the server that is there"}}},
    {"docs/clients.md",
     {},
     {{"One command", "", "printf 'name: story\nexpect: []\n' >story.yaml\n"}}},
    {"docs/webhooks.md"},
    {"docs/keys.md"},
    {"docs/compare.md"},
    {"docs/limits.md"},
    {"docs/security.md"},
    {"docs/page.md"},
    {"docs/state.md", {{"provider-emulator serve --port 4242 --state", "wants a Redis"}}},
    {"docs/architecture.md", {{"                  contract.yaml", "a drawing"}}},
    {"docs/performance.md", {{"scripts/bench", "measures for half an hour"}}},
    {"docs/scenario-format.md"},
    {"CONTRIBUTING.md",
     {{"cd tests/browser", "part of scripts/test"},
      {"scripts/serve --port 4242", "builds and tests everything, this test among it"},
      {"cmake --preset dev", "the same"},
      {"cd tests/clients", "part of scripts/test"},
      {"fal: answer 422", "a message of a commit"}}},
};

class Reader {
 public:
  explicit Reader(const Page& page) : page_(page) {
    // On a clock that stands, a pause is a move of it.
    shell_.write("bin/sleep",
                 "#!/bin/sh\nexec curl -s -X POST \"$EMULATOR/_emulator/sandboxes/me/clock\" "
                 "-d \"{\\\"advance\\\":\\\"$1s\\\"}\" >/dev/null\n",
                 true);
    // A suite: it passes when it reaches the emulator that it was given.
    shell_.write("bin/npm",
                 "#!/bin/sh\n[ \"$1\" = test ] && curl -sf \"$EMULATOR_CONTROL_URL/health\"\n",
                 true);
    // Serves, until requests are answered.
    shell_.write("scripts/serve",
                 "#!/bin/bash\nprovider-emulator serve --port 0 --port-file port.txt \"$@\" & \n"
                 "while kill -0 $! && [ ! -s port.txt ]; do /bin/sleep 0.01; done\n"
                 "[ -s port.txt ] && kill $! && wait $!\n",
                 true);
    serve("");
  }

  void read() {
    std::string heading;
    for (const Block& block : blocks_of(page_text(page_.file))) {
      CAPTURE(page_.file);
      CAPTURE(block.line);
      if (block.heading != heading) enter(heading = block.heading);
      take(block);
    }
    for (const auto& [text, reason] : page_.left_out) {
      const auto& this_text = text;
      CAPTURE(this_text);
      CHECK_FALSE(reason.empty());
      CHECK(std::find(skipped_.begin(), skipped_.end(), text) != skipped_.end());
    }
    if (server_) CHECK(server_->stop() == 0);
  }

  int commands() const { return commands_; }
  int compared() const { return compared_; }

 private:
  void serve(const std::string& scenario) {
    ServeConfig config = TestServer::quiet();
    if (!scenario.empty()) config.scenario = shell_.path() + "/" + scenario;
    server_.reset();
    server_ = std::make_unique<TestServer>(config);
  }

  // As typed by somebody whose emulator listens on the port of the pages.
  std::string here(const std::string& text) const {
    const std::string port = std::to_string(server_->port());
    return replaced(replaced(text, "127.0.0.1:4242", "127.0.0.1:" + port), "--port 4242",
                    "--port " + port);
  }

  // The server was given its files by their whole path; a reader's stand in the folder.
  Shell::Outcome typed(const std::string& text) const {
    Shell::Outcome outcome = shell_.run("export EMULATOR=" + server_->base() + "\n" + here(text));
    outcome.out = replaced(outcome.out, shell_.path() + "/", "");
    return outcome;
  }

  void enter(const std::string& heading) {
    for (const Scene& scene : page_.scenes) {
      if (scene.heading != heading) continue;
      if (!scene.scenario.empty()) serve(scene.scenario);
      const auto outcome = typed(scene.before);
      CAPTURE(outcome.out);
      CHECK(outcome.code == 0);
    }
  }

  bool is_left_out(const Block& block) {
    for (const auto& [text, reason] : page_.left_out) {
      if (!block.text.starts_with(text)) continue;
      skipped_.push_back(text);
      latest_.reset();
      return true;
    }
    return false;
  }

  void take(const Block& block) {
    CAPTURE(block.text);
    if (block.language.starts_with("yaml")) return yaml(block);
    if (is_left_out(block)) return;
    if (block.language == "sh") {
      const auto outcome = typed(block.text);
      CAPTURE(outcome.out);
      CHECK(outcome.code == 0);
      latest_ = outcome.out;
      ++commands_;
    } else if (block.language == "json") {
      REQUIRE(latest_);
      CAPTURE(*latest_);
      const auto shown = decode_json(here(block.text));
      REQUIRE(shown);
      compare(*shown, last_json(*latest_));
      ++compared_;
    } else if (block.language == "text") {
      REQUIRE(latest_);
      CAPTURE(*latest_);
      // Of several answers the page prints the last.
      const auto from = latest_->rfind(block.text.substr(0, block.text.find('\n') + 1));
      compare(block.text, from == std::string::npos ? *latest_ : latest_->substr(from));
      ++compared_;
    } else {
      mistake(block);
    }
  }

  // Of several answers the page prints the last.
  static Json last_json(const std::string& out) {
    for (std::size_t at = 0; at < out.size(); ++at)
      if ((at == 0 || out[at - 1] == '\n' || out[at - 1] == '}') && out[at] == '{')
        if (const auto json = decode_json(std::string_view(out).substr(at))) return *json;
    FAIL("no JSON came");
    return {};
  }

  // A file that the page names is there for what follows; a whole scenario has no mistakes.
  void yaml(const Block& block) {
    if (!block.text.starts_with("# ")) return;
    const std::string name = block.text.substr(2, block.text.find('\n') - 2);
    if (name.find(' ') != std::string::npos || !name.ends_with(".yaml")) return;
    shell_.write(name, block.text);
    if (block.text.find("\nprovider: ") != std::string::npos) return;
    latest_file_ = name;
    const auto outcome = shell_.run("provider-emulator check " + name);
    CAPTURE(outcome.out);
    CHECK(outcome.code == 0);
  }

  // The message of a mistake: it comes when the word that it names takes the place of the right one
  // in the file that was shown last.
  void mistake(const Block& block) {
    const auto wrong = block.text.find("unknown key \"");
    const auto right = block.text.find("did you mean \"");
    REQUIRE(wrong != std::string::npos);
    REQUIRE(right != std::string::npos);
    const auto word = [&](std::size_t from) {
      return block.text.substr(from, block.text.find('"', from) - from);
    };
    std::ifstream file(shell_.path() + "/" + latest_file_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    shell_.write(latest_file_, replaced(text, word(right + 14), word(wrong + 13)));
    const auto outcome = shell_.run("provider-emulator check " + latest_file_);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.starts_with(block.text));
    shell_.write(latest_file_, text);
    ++compared_;
  }

  const Page& page_;
  Shell shell_;
  std::unique_ptr<TestServer> server_;
  std::optional<std::string> latest_;
  std::string latest_file_;
  std::vector<std::string> skipped_;
  int commands_ = 0, compared_ = 0;
};

}  // namespace

TEST_CASE("what the pages say to type works, and answers what they print") {
  int commands = 0, compared = 0;
  for (const Page& page : kPages) {
    Reader reader(page);
    reader.read();
    commands += reader.commands();
    compared += reader.compared();
  }
  CHECK(commands >= 20);
  CHECK(compared >= 15);
}

TEST_CASE("every page in docs/ is read") {
  for (const auto& entry : std::filesystem::directory_iterator(ROOT "/docs")) {
    const std::string name = "docs/" + entry.path().filename().string();
    if (!name.ends_with(".md")) continue;
    CAPTURE(name);
    // Read by tests of their own: examples of contracts, tables made by the program, and pages
    // whose examples want Node.js or Python.
    const bool elsewhere = name == "docs/contract-format.md" || name == "docs/coverage.md" ||
                           name == "docs/values.md" || name == "docs/adding-a-provider.md" ||
                           name == "docs/judge.md" || name.starts_with("docs/testing-");
    const bool here = std::any_of(std::begin(kPages), std::end(kPages),
                                  [&](const Page& page) { return page.file == name; });
    CHECK(here != elsewhere);
  }
}

}  // namespace emulator::test
