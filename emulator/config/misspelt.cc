#include "emulator/config/misspelt.h"

#include <algorithm>
#include <string_view>

#include "emulator/base/text.h"

namespace emulator {
namespace {

std::string in_marks(std::string_view word) {
  constexpr std::size_t kShown = 60;
  std::string out(1, '"');
  out += word.substr(0, kShown);
  return valid_utf8(out) + '"';
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& one : words) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::vector<std::string> names(const std::vector<KnownCommand>& known) {
  std::vector<std::string> out;
  out.reserve(known.size());
  for (const KnownCommand& one : known) out.push_back(one.name);
  return out;
}

std::string unknown(std::string_view what, std::string_view word,
                    const std::vector<std::string>& known) {
  std::string text = "unknown " + std::string(what) + " " + in_marks(word);
  if (const auto meant = nearest(word, known))
    return text + "; did you mean " + in_marks(*meant) + "?";
  if (what != "command") return text;
  return text + "; there are " + joined(known);
}

// An option where a command belongs. The program itself has two.
std::string misplaced(const std::vector<KnownCommand>& known, std::string_view word) {
  const std::string name(word.substr(0, word.find('=')));
  for (const KnownCommand& one : known)
    if (std::find(one.options.begin(), one.options.end(), name) != one.options.end())
      return "the option " + in_marks(name) + " stands behind its command, as in: " + one.name +
             " " + name;
  std::string text = unknown("option", name, {"--help", "--version"});
  if (!nearest(name, {"--help", "--version"}))
    text += "; a command comes first: " + joined(names(known));
  return text;
}

}  // namespace

std::string misspelt(const std::vector<KnownCommand>& known, int argc, const char* const* argv) {
  if (argc < 2) return "";
  if (argv[1][0] == '-') return misplaced(known, argv[1]);
  const auto command = std::find_if(known.begin(), known.end(),
                                    [&](const KnownCommand& one) { return one.name == argv[1]; });
  if (command == known.end()) return unknown("command", argv[1], names(known));
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--") || word == "--") continue;
    const std::string name(word.substr(0, word.find('=')));
    const auto& options = command->options;
    if (std::find(options.begin(), options.end(), name) == options.end())
      return unknown("option of " + command->name, name, options);
  }
  return "";
}

}  // namespace emulator
