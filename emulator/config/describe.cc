#include "emulator/config/describe.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {
namespace embedded {
extern const std::string_view
    third_party_notices;  // NOLINT(readability-identifier-naming): the file's
}
namespace {

using Commands = std::vector<const CLI::App*>;
using Options = std::vector<const CLI::Option*>;

// Hidden ones have no description.
Commands commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_description().empty(); });
}

// Hidden ones are in no group.
Options options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* one) { return !one->get_group().empty(); });
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// "wall|manual[@INSTANT]" are words, "UINT" and "FILE" are not.
std::vector<std::string> words_of(const CLI::Option& option) {
  std::string type = option.get_type_name();
  if (const auto colon = type.find(':'); colon != std::string::npos) type.erase(0, colon + 1);
  std::vector<std::string> out;
  if (type.find('|') == std::string::npos) return out;
  for (std::size_t from = 0; from <= type.size();) {
    const std::size_t to = std::min(type.find('|', from), type.size());
    std::string word = type.substr(from, to - from);
    word.erase(std::min(word.find('['), word.size()));
    const bool plain = !word.empty() && std::none_of(word.begin(), word.end(),
                                                     [](char c) { return c >= 'A' && c <= 'Z'; });
    if (plain) out.push_back(std::move(word));
    from = to + 1;
  }
  return out;
}

bool takes_file(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type.find("FILE") != std::string::npos) return true;
  const std::string& about = option.get_description();
  return about.find("file") != std::string::npos || about.find("path of") != std::string::npos ||
         option.get_name(true).find("FILE") != std::string::npos;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const std::string& name : option.get_lnames()) out.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.push_back("-" + name);
  return out;
}

std::vector<std::string> names(const Commands& commands) {
  std::vector<std::string> out;
  for (const CLI::App* one : commands) out.push_back(one->get_name());
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

// --- bash

std::string bash_option(const CLI::App& command, const CLI::Option& option) {
  std::string out;
  const std::vector<std::string> words = words_of(option);
  if (is_flag(option)) return out;
  for (const std::string& spelling : spellings(option)) {
    out += "    '" + command.get_name() + ' ' + spelling + "')\n      ";
    if (!words.empty() || takes_file(option)) {
      out += "mapfile -t COMPREPLY < <(compgen";
      if (!words.empty()) out += " -W '" + joined(words) + "'";
      if (takes_file(option)) out += " -f";
      out += " -- \"$current\")\n      ";
    }
    out += "return ;;\n";
  }
  return out;
}

std::string bash(const CLI::App& app) {
  const Commands commands = commands_of(app);
  std::string out =
      "# bash completion for provider-emulator; made from its flag tables.\n"
      "_provider_emulator() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
      "      mapfile -t COMPREPLY < <(compgen -A command -f -- \"$current\")\n"
      "      return\n"
      "    fi\n"
      "    [[ -n $command || ${COMP_WORDS[i]} == -* ]] || command=${COMP_WORDS[i]}\n"
      "  done\n"
      "  case \"$command $before\" in\n";
  for (const CLI::App* command : commands)
    for (const CLI::Option* option : options_of(*command)) out += bash_option(*command, *option);
  out += "  esac\n  case $command in\n";
  out += "    '') mapfile -t COMPREPLY < <(compgen -W '" + joined(names(commands)) +
         " --help --version' -- \"$current\") ;;\n";
  for (const CLI::App* command : commands) {
    std::vector<std::string> words;
    bool files = false;
    for (const CLI::Option* option : options_of(*command)) {
      for (const std::string& one : spellings(*option)) words.push_back(one);
      if (!spellings(*option).empty()) continue;
      for (const std::string& one : words_of(*option)) words.push_back(one);
      files = files || takes_file(*option);
    }
    out += "    " + command->get_name() + ") mapfile -t COMPREPLY < <(compgen -W '" +
           joined(words) + "'" + (files ? " -f" : "") + " -- \"$current\") ;;\n";
  }
  return out + "  esac\n}\ncomplete -F _provider_emulator provider-emulator\n";
}

// --- zsh

// Text between single quotes, inside the brackets of a specification.
std::string zsh_text(std::string text) {
  for (const char* special : {"\\", "[", "]", ":"})
    text = replaced(text, special, std::string("\\") + special);
  return replaced(text, "'", "'\\''");
}

std::string zsh_value(const CLI::Option& option) {
  const std::vector<std::string> words = words_of(option);
  if (!words.empty()) return ":value:(" + joined(words) + ")";
  return takes_file(option) ? ":file:_files" : ":value: ";
}

std::string zsh(const CLI::App& app) {
  std::string out =
      "#compdef provider-emulator\n"
      "# zsh completion for provider-emulator; made from its flag tables.\n"
      "_provider_emulator() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const CLI::App* command : commands_of(app))
    out += "    '" + command->get_name() + ":" + zsh_text(command->get_description()) + "'\n";
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n";
  for (const CLI::App* command : commands_of(app)) {
    out += "    " + command->get_name() + ")\n      _arguments";
    for (const CLI::Option* option : options_of(*command)) {
      const std::string about = "[" + zsh_text(option->get_description()) + "]";
      const std::string value = is_flag(*option) ? "" : zsh_value(*option);
      for (const std::string& spelling : spellings(*option))
        out.append(" \\\n        '*").append(spelling).append(about).append(value).append("'");
      if (spellings(*option).empty()) out += " \\\n        '*" + zsh_value(*option) + "'";
    }
    if (command->get_name() == "run") out += " \\\n        '*::command:_normal'";
    out += "\n      ;;\n";
  }
  return out + "  esac\n}\n_provider_emulator \"$@\"\n";
}

// --- fish

std::string fish_text(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish(const CLI::App& app) {
  const std::string start = "complete -c provider-emulator ";
  std::string out =
      "# fish completion for provider-emulator; made from its flag tables.\n" + start + "-f\n";
  for (const CLI::App* command : commands_of(app))
    out += start + "-n __fish_use_subcommand -a " + command->get_name() + " -d " +
           fish_text(command->get_description()) + "\n";
  for (const CLI::App* command : commands_of(app)) {
    const std::string here =
        start + "-n '__fish_seen_subcommand_from " + command->get_name() + "' ";
    for (const CLI::Option* option : options_of(*command)) {
      std::string line = here;
      for (const std::string& name : option->get_lnames()) line += "-l " + name + " ";
      for (const std::string& name : option->get_snames()) line += "-s " + name + " ";
      const std::vector<std::string> words = words_of(*option);
      const bool named = !spellings(*option).empty();
      if (!named && words.empty() && !takes_file(*option)) continue;
      if (named && !is_flag(*option)) line += "-r ";
      if (!words.empty()) line += "-a " + fish_text(joined(words)) + " ";
      if (!is_flag(*option) && takes_file(*option)) line += "-F ";
      out += line + "-d " + fish_text(option->get_description()) + "\n";
    }
  }
  return out;
}

// --- man

// Text of a paragraph: what roff would take for a request or an escape is kept from it.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string man_option(const CLI::Option& option) {
  std::string heading;
  for (const std::string& spelling : spellings(option))
    heading += (heading.empty() ? "\\fB" : ", \\fB") + roff(spelling) + "\\fR";
  if (heading.empty()) heading = "\\fI" + roff(option.get_name(true)) + "\\fR";
  std::string type = option.get_type_name();
  if (const auto colon = type.find(':'); colon != std::string::npos) type.erase(0, colon + 1);
  if (!is_flag(option) && !spellings(option).empty()) heading += " \\fI" + roff(type) + "\\fR";
  std::string out = ".TP\n" + heading + "\n" + roff(option.get_description()) + ".\n";
  if (!option.get_default_str().empty() && !is_flag(option))
    out += "Default: " + roff(option.get_default_str()) + ".\n";
  if (!option.get_envname().empty()) out += "Environment: " + roff(option.get_envname()) + ".\n";
  return out;
}

}  // namespace

std::string_view third_party_notices() { return embedded::third_party_notices; }

std::optional<std::string> completions(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash(app);
  if (shell == "zsh") return zsh(app);
  if (shell == "fish") return fish(app);
  return std::nullopt;
}

std::string man_page(const CLI::App& app, const std::string& version) {
  std::string out = ".TH PROVIDER\\-EMULATOR 1 \"\" \"provider\\-emulator " + roff(version) +
                    "\" \"User Commands\"\n.SH NAME\nprovider\\-emulator \\- stands in for "
                    "image\\-generation providers in tests\n.SH SYNOPSIS\n";
  bool first = true;
  for (const CLI::App* command : commands_of(app)) {
    if (!std::exchange(first, false)) out += ".br\n";
    out += ".B provider\\-emulator " + roff(command->get_name()) + "\n.RI [ options ]";
    for (const CLI::Option* option : options_of(*command))
      if (spellings(*option).empty()) out += " \" " + roff(option->get_name(true)) + "\"";
    if (command->get_name() == "run") out += " \" \\-\\- command...\"";
    out += '\n';
  }
  out += ".SH DESCRIPTION\n" + roff(app.get_description()) +
         "\n.SH EXIT STATUS\n0; 2 when a flag, a file or a port cannot be used, with one line that "
         "says why.\n.B run\nends with the code of its command, else 3 when the scenario's "
         "expectations are unmet.\n";
  for (const CLI::App* command : commands_of(app)) {
    std::string title = command->get_name();
    std::transform(title.begin(), title.end(), title.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    out += ".SH " + title + "\n" + roff(command->get_description()) + ".\n";
    for (const CLI::Option* option : options_of(*command)) out += man_option(*option);
  }
  return out;
}

}  // namespace emulator
