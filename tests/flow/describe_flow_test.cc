// What is made of the flag tables for packages: completions, the man page; and the licences.
#include <doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

namespace emulator::test::TEST_FILE {
namespace {

std::string output(const std::string& script, int wanted = 0) {
  FILE* pipe = ::popen(("exec 2>&1; " + script).c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 4'096> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    out.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  INFO(script);
  CHECK_MESSAGE((WIFEXITED(status) && WEXITSTATUS(status) == wanted), out);
  return out;
}

std::string binary(const std::string& arguments) {
  return output(std::string(BINARY) + " " + arguments);
}

std::set<std::string> flags_of_help(const std::string& command) {
  const std::string help = binary(command + " --help");
  std::set<std::string> out;
  const std::regex flag("\n  (?:-[a-z],)?(--[a-z-]+)");
  for (std::sregex_iterator at(help.begin(), help.end(), flag), end; at != end; ++at)
    out.insert((*at)[1]);
  return out;
}

// What bash offers for a line that ends in the word to be completed.
std::string offered(const std::string& words) {
  return output("bash -c 'source <(" + std::string(BINARY) + " completions bash); COMP_WORDS=(" +
                words +
                "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _provider_emulator; "
                "echo \" ${COMPREPLY[*]} \"'");
}

bool holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("completions and the man page know every flag that --help knows") {
  const std::string bash = binary("completions bash"), zsh = binary("completions zsh"),
                    fish = binary("completions fish");
  const std::string man = std::regex_replace(binary("man"), std::regex("\\\\-"), "-");
  for (const std::string command : {"serve", "run", "env", "check", "list", "version"}) {
    const std::set<std::string> flags = flags_of_help(command);
    CHECK(flags.size() >= 2);
    for (const std::string& flag : flags) {
      INFO(command << ' ' << flag);
      CHECK(holds(man, "\\fB" + flag + "\\fR"));
      CHECK(holds(bash, flag));
      CHECK(holds(zsh, "'*" + flag + "["));
      CHECK(holds(fish, " -l " + flag.substr(2) + " "));
    }
  }
}

TEST_CASE("bash completes commands, flags and the words of a flag") {
  CHECK(offered("provider-emulator se") == " serve \n");
  CHECK(holds(offered("provider-emulator serve --exit-with-"), " --exit-with-parent "));
  CHECK(!holds(offered("provider-emulator env \"\""), " --exit-with-parent "));
  CHECK(holds(offered("provider-emulator serve --log j"), " json "));
  CHECK(holds(offered("provider-emulator list sc"), " scenarios "));
  CHECK(holds(offered("provider-emulator run -- ech"), " echo "));
  const std::filesystem::path here = std::filesystem::path(BINARY).parent_path();
  CHECK(holds(offered("provider-emulator check " + here.string() + "/provider-em"),
              " " + std::string(BINARY) + " "));
}

TEST_CASE("what is not offered to people is not in --help") {
  const std::string help = binary("--help");
  CHECK(!holds(help, "completions"));
  CHECK(!holds(help, "\n  man"));
  CHECK(holds(output(std::string(BINARY) + " completions ksh", 2), "bash|zsh|fish"));
}

TEST_CASE("version --licences names everything that is linked in, with the text of its licence") {
  CHECK(binary("version").find('\n') == binary("version").size() - 1);
  const std::string text = binary("version --licences");
  CHECK(text.rfind(binary("version"), 0) == 0);
  for (const char* name : {"Boost", "OpenSSL", "JSON for Modern C++", "yaml-cpp", "libwebp", "RE2",
                           "stb", "CLI11", "GNU C Library", "GCC runtime libraries"})
    CHECK_MESSAGE(holds(text, std::string("\n  ") + name), name);
  CHECK(holds(text, "Permission is hereby granted, free of charge"));
  CHECK(binary("version --licenses") == text);
}

}  // namespace emulator::test::TEST_FILE
