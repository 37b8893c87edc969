// What the pages name in passing: flags, commands, files. None of it may be missing.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "tests/docs/shell.h"
#include "tests/support/page.h"

namespace emulator::test {
namespace {

std::vector<std::string> pages() {
  std::vector<std::string> out = {"README.md", "CONTRIBUTING.md", "scenarios/README.md"};
  for (const auto& entry : std::filesystem::directory_iterator(ROOT "/docs"))
    if (entry.path().extension() == ".md")
      out.push_back("docs/" + entry.path().filename().string());
  for (const auto& entry : std::filesystem::directory_iterator(ROOT "/emulator/providers"))
    if (std::filesystem::exists(entry.path() / "README.md"))
      out.push_back("emulator/providers/" + entry.path().filename().string() + "/README.md");
  return out;
}

// What stands between back quotes outside fences, on one line.
std::vector<std::string> quoted(const std::string& page) {
  std::vector<std::string> out;
  std::istringstream lines(page);
  std::string line;
  bool fenced = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) fenced = !fenced;
    if (fenced) continue;
    for (auto from = line.find('`'); from != std::string::npos;) {
      const auto to = line.find('`', from + 1);
      if (to == std::string::npos) break;
      out.push_back(line.substr(from + 1, to - from - 1));
      from = line.find('`', to + 1);
    }
  }
  return out;
}

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    out.insert(at->str());
  return out;
}

// Every flag that some command of the program takes.
std::set<std::string> known_flags(const Shell& shell) {
  std::string help;
  for (const char* command :
       {"serve --help-all", "run --help-all", "env --help", "check --help", "list --help",
        "tail --help", "trigger --help", "hunt --help-all", "hunt --help", "ca --help",
        "health --help", "version --help", "compare --help", "record --help", "--help"})
    help += shell.run("provider-emulator " + std::string(command)).out;
  return matches(help, std::regex("--[a-z][a-z0-9-]+"));
}

// Flags of other programs and of our scripts.
bool is_elsewhere(const std::string& text) {
  static const std::regex other(
      "^(curl|cmake|ctest|npm|node|git|scripts/|apt|docker|wavespeed|clang|pip|python|ninja|sudo) "
      "?");
  return std::regex_search(text, other);
}

}  // namespace

TEST_CASE("every flag that a page names exists") {
  const Shell shell;
  const std::set<std::string> known = known_flags(shell);
  CHECK(known.size() > 50);
  const std::set<std::string> of_scripts = {"--arch",     "--save",
                                            "--prefix",   "--strip",
                                            "--quick",    "--smoke",
                                            "--no-peers", "--only",
                                            "--out",      "--rounds",
                                            "--seconds",  "--data-binary",
                                            "--preset",   "--experimental-vm-modules",
                                            "--junitxml"};
  int named = 0;
  for (const std::string& page : pages()) {
    for (const std::string& text : quoted(page_text(page))) {
      if (is_elsewhere(text)) continue;
      for (const std::string& flag : matches(text, std::regex("--[a-z][a-z0-9-]+"))) {
        CAPTURE(page);
        CAPTURE(flag);
        CHECK((known.count(flag) == 1 || of_scripts.count(flag) == 1));
        ++named;
      }
    }
  }
  CHECK(named > 60);
}

TEST_CASE("commands that a page names in passing work") {
  int run = 0;
  for (const std::string& page : pages()) {
    for (std::string text : quoted(page_text(page))) {
      if (!text.starts_with("provider-emulator ")) continue;
      const std::string rest = text.substr(18);
      // Those that serve, ask one that does, or want a recording are tried by the pages' blocks and
      // tests of their own; a command alone is named, not typed.
      if (rest.find(" -- ") != std::string::npos || rest == "ca --pkcs12" ||
          rest.starts_with("compare") || rest.starts_with("serve") ||
          rest.starts_with("list webhooks") || rest.starts_with("tail") ||
          rest.starts_with("trigger"))
        continue;
      if (rest.find(' ') == std::string::npos) text += " --help";
      text = replaced(replaced(text, "FILE...", "story.yaml"), "FILE", "story.yaml");
      text = replaced(replaced(text, "NAME", "flaky"), "init story", "init another");
      const Shell shell;
      shell.write("story.yaml", "name: story\n");
      CAPTURE(page);
      CAPTURE(text);
      const auto outcome = shell.run(text);
      CAPTURE(outcome.out);
      CHECK(outcome.code == 0);
      ++run;
    }
  }
  CHECK(run >= 8);
}

// What stands in a block of code is no link, however it looks.
std::string without_blocks(std::string text) {
  for (std::size_t at = 0; (at = text.find("```")) != std::string::npos;) {
    const std::size_t end = text.find("```", at + 3);
    text.erase(at, end == std::string::npos ? end : end + 3 - at);
  }
  return text;
}

TEST_CASE("every file that a page leads to is there") {
  const std::regex link("\\]\\(([^)#:]+)(#[^)]*)?\\)");
  int led = 0;
  for (const std::string& page : pages()) {
    const std::string text = without_blocks(page_text(page));
    const auto folder = std::filesystem::path(ROOT "/" + page).parent_path();
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      CAPTURE(page);
      const std::string target = (*at)[1];
      CAPTURE(target);
      CHECK(std::filesystem::exists(folder / target));
      ++led;
    }
  }
  CHECK(led > 30);
}

TEST_CASE("the environment that the page on clients lists is the one that is printed") {
  const Shell shell;
  const std::string printed =
      shell.run("provider-emulator env --key me --control-token t --format dotenv").out;
  const std::string page = page_text("docs/clients.md");
  int named = 0;
  for (const std::string& name :
       matches(page.substr(page.find("## The environment")),
               std::regex("`[A-Z][A-Z_]+_(URL|KEY|BASE|ID|SECRET|TOKEN|SANDBOX|KEYCHAIN)`"))) {
    const std::string bare = name.substr(1, name.size() - 2);
    CAPTURE(bare);
    const bool there =
        printed.find("\n" + bare + "=") != std::string::npos || printed.starts_with(bare + "=");
    const bool named_as_useless = bare == "QUEUE_URL_FORMAT";
    CHECK((there || named_as_useless));
    ++named;
  }
  CHECK(named > 15);
  // And the other way round.
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    const std::string name = line.substr(0, line.find('='));
    if (name.starts_with("EMULATOR_") && name.ends_with("_URL") &&
        name != "EMULATOR_FAL_PROXY_URL" && name != "EMULATOR_CONTROL_URL" &&
        name != "EMULATOR_SANDBOX_URL")
      continue;  // one for each provider, written as `..._FAL_URL`
    CAPTURE(name);
    CHECK(page.find(name) != std::string::npos);
  }
}

}  // namespace emulator::test
