#include "emulator/app/misspelt.h"

#include <string_view>
#include <vector>

#include "emulator/base/text.h"

namespace emulator {
namespace {

std::string in_marks(std::string_view word) {
  constexpr std::size_t kShown = 60;
  std::string out(1, '"');
  out += word.substr(0, kShown);
  return valid_utf8(out) + '"';
}

std::string unknown(std::string_view what, std::string_view word,
                    const std::vector<std::string>& known) {
  std::string text = "unknown " + std::string(what) + " " + in_marks(word);
  if (const auto meant = nearest(word, known))
    return text + "; did you mean " + in_marks(*meant) + "?";
  if (what != "command") return text;
  text += "; there are";
  for (const std::string& one : known) text += (&one == &known.front() ? " " : ", ") + one;
  return text;
}

}  // namespace

std::string misspelt(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return "";
  std::vector<std::string> commands;
  const CLI::App* command = nullptr;
  for (const CLI::App* one : app.get_subcommands(nullptr)) {
    commands.push_back(one->get_name());
    if (one->get_name() == argv[1]) command = one;
  }
  if (command == nullptr) return unknown("command", argv[1], commands);
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--") || word == "--") continue;
    const std::string name(word.substr(0, word.find('=')));
    if (command->get_option_no_throw(name) != nullptr) continue;
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options())
      for (const std::string& known : option->get_lnames()) options.push_back("--" + known);
    return unknown("option of " + command->get_name(), name, options);
  }
  return "";
}

}  // namespace emulator
