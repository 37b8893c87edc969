#include "emulator/config/help.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kIndent = 26;  // where descriptions begin
constexpr const char* kLimits = "Limits";

// In the order in which they are shown; what is in none of them stands with the first.
constexpr std::array<std::pair<const char*, const char*>, 37> kGroups = {{
    {"--port", "Listening"},
    {"--host", "Listening"},
    {"--port-file", "Listening"},
    {"--unix-socket", "Listening"},
    {"--public-url", "Listening"},
    {"--exit-with-parent", "Listening"},
    {"--exit-with", "Listening"},
    {"--idle-exit", "Listening"},
    {"--log", "Listening"},
    {"--scenario", "What providers do"},
    {"--contract", "What providers do"},
    {"--strict-models", "What providers do"},
    {"--no-prompt-directives", "What providers do"},
    {"--captions", "What providers do"},
    {"--clock", "Time and chance"},
    {"--seed", "Time and chance"},
    {"--auth", "Who may do what"},
    {"--control-token", "Who may do what"},
    {"--allow-origin", "Who may do what"},
    {"--allow-host", "Who may do what"},
    {"--page", "Who may do what"},
    {"--ca-dir", "TLS and proxies"},
    {"--tls-cert", "TLS and proxies"},
    {"--tls-key", "TLS and proxies"},
    {"--proxy-others", "TLS and proxies"},
    {"--tunnel-idle", "TLS and proxies"},
    {"--webhooks", "Webhooks"},
    {"--webhook-ca", "Webhooks"},
    {"--state", "State"},
    {"--peer-address", "State"},
    {"--claim-life", kLimits},
    {"--state-", kLimits},
    {"--max-", kLimits},
    {"--head-time", kLimits},
    {"--body-time", kLimits},
    {"--idle-time", kLimits},
    {"--long-turn", kLimits},
}};

// What options of plain text take.
constexpr std::array<std::pair<const char*, const char*>, 17> kTexts = {{
    {"--ca-dir", "FOLDER"},
    {"--tls-cert", "FILE"},
    {"--tls-key", "FILE"},
    {"--state", "FILE|URL"},
    {"--peer-address", "ADDRESS"},
    {"--sarif", "FILE"},
    {"--coverage", "FILE"},
    {"--port-file", "FILE"},
    {"--contract", "FILE"},
    {"--webhook-ca", "FILE"},
    {"--report", "FILE"},
    {"--unix-socket", "PATH"},
    {"--host", "ADDRESS"},
    {"--scenario", "NAME"},
    {"--control-token", "TOKEN"},
    {"--at", "URL"},
    {"--sandbox", "NAME"},
}};

// What is in no group is the command's own.
std::string_view group_of(const std::string& name) {
  for (const auto& [known, group] : kGroups) {
    const bool family = std::string_view(known).ends_with('-');
    if (family ? name.starts_with(known) : name == known) return group;
  }
  return "This command";
}

// "134217728" as "128MiB", where it is so many whole units.
std::string as_size(const std::string& bytes) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), count);
  if (error != std::errc() || end != bytes.data() + bytes.size()) return bytes;
  constexpr std::pair<const char*, std::uint64_t> kUnits[] = {
      {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}};
  for (const auto& [unit, size] : kUnits)
    if (count >= size && count % size == 0) return std::to_string(count / size) + unit;
  return bytes;
}

// Lines of words, each but the first indented.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t used = indent;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::size_t width = end - at;
    if (used > indent && used + 1 + width > columns) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out.append(text, at, width);
    used += width;
    at = std::min(text.find_first_not_of(' ', end), text.size());
  }
  return out;
}

std::string row(const std::string& left, const std::string& right) {
  std::string out = "  " + left;
  if (out.size() + 2 > kIndent)
    out += "\n" + std::string(kIndent, ' ');
  else
    out.append(kIndent - out.size(), ' ');
  return out + wrapped(right, kIndent, kColumns) + "\n";
}

// CLI11 says "UINT:INT in [0 - 65535]" or "TEXT:human|json|off".
std::pair<std::string, std::string> placeholder(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  std::string type = option.get_type_name();
  if (const auto colon = type.find(':'); colon != std::string::npos) type.erase(0, colon + 1);
  const auto open = type.find(" in [");
  if (open == std::string::npos) {
    if (type == "TEXT")
      for (const auto& [name, word] : kTexts)
        if (option.get_name() == name) type = word;
    if (type == "UINT" || type == "INT") type = "N";
    return {type, ""};
  }
  std::string range = type.substr(open + 5, type.size() - open - 6);
  if (const auto dash = range.find(" - "); dash != std::string::npos)
    range.replace(dash, 3, " to ");
  return {"N", range};
}

class Readable final : public CLI::Formatter {
 public:
  explicit Readable(bool with_limits) : with_limits_(with_limits) {}

  // Of a group that is left out a blank line stays.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string out = CLI::Formatter::make_help(app, std::move(name), mode);
    for (auto at = out.find("\n\n\n"); at != std::string::npos; at = out.find("\n\n\n", at))
      out.erase(at, 1);
    return out;
  }

  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string out = CLI::Formatter::make_usage(app, std::move(name));
    while (out.ends_with('\n')) out.pop_back();
    const std::string& command = app->get_name();
    if (command == "run" || command == "hunt" || command == "record") out += " -- COMMAND...";
    return out + "\n\n";
  }

  std::string make_group(std::string group, bool positional,
                         std::vector<const CLI::Option*> options) const override {
    if (group == kLimits && !with_limits_) return "";
    std::string out = std::move(group) + ":\n";
    for (const CLI::Option* option : options) out += make_option(option, positional);
    return out + (positional ? "\n" : "");
  }

  std::string make_description(const CLI::App* app) const override {
    const std::string about = app->get_description();
    return about.empty() ? "" : wrapped(about, 0, kColumns) + "\n";
  }

  std::string make_option(const CLI::Option* option, bool positional) const override {
    const auto [type, range] = placeholder(*option);
    std::string left = option->get_name(positional, !positional);
    if (!positional && !type.empty() && type.find('|') == std::string::npos) left += " " + type;
    std::string right = option->get_description();
    const std::string preset =
        type == "SIZE" ? as_size(option->get_default_str()) : option->get_default_str();
    std::string more = type.find('|') != std::string::npos ? type : range;
    if (!preset.empty()) more += (more.empty() ? "" : "; ") + preset;
    if (!more.empty()) right += " [" + more + "]";
    return row(left, right);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    return row(command->get_name(), command->get_description());
  }

 private:
  bool with_limits_;
};

}  // namespace

void make_readable(CLI::App& app, bool with_limits) {
  const auto look = std::make_shared<Readable>(with_limits);
  app.formatter(look);
  app.footer("COMMAND --help tells more of each; docs: README.md and docs/.");
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    command->formatter(look);
    const std::string name = command->get_name();
    if (name != "serve" && name != "run" && name != "hunt") continue;
    command->set_help_flag("-h,--help,--help-all", "this text; --help-all: with all limits");
    const std::string first(name == "serve" ? "Listening" : "This command");
    command->get_help_ptr()->group(first);
    for (CLI::Option* option : command->get_options()) {
      // What is in no group is hidden, and stays so.
      if (option == command->get_help_ptr() || option->get_group().empty()) continue;
      option->group(std::string(group_of(option->get_name())));
    }
    std::string own = command->get_footer();
    std::replace(own.begin(), own.end(), '\n', ' ');
    own = wrapped(own, 0, kColumns);
    command->footer(
        (own.empty() ? "" : own + "\n\n") +
        std::string(
            "In brackets: what may be given, and what it is when left out. Each option can be\n"
            "given by the environment as well: EMULATOR_PORT for --port.") +
        (with_limits ? "" : " Limits: --help-all."));
  }
}

}  // namespace emulator
