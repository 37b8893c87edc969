// From the command line to a Config: every command with its flags, and what becomes of the one that
// was asked for.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "emulator/config/command_flags.h"
#include "emulator/config/config.h"
#include "emulator/config/describe.h"
#include "emulator/config/help.h"
#include "emulator/config/misspelt.h"
#include "emulator/config/serve_flags.h"
#include "emulator/os/os.h"

#ifndef EMULATOR_VERSION
#define EMULATOR_VERSION "0.0.0"
#endif

namespace emulator {
namespace {

// What comes behind `--` on a `run` line is the command's, whatever it looks like.
int own_arguments(int argc, const char* const* argv, std::vector<std::string>& command) {
  const std::string_view named = argc < 2 ? "" : argv[1];
  if (named != "run" && named != "hunt" && named != "record") return argc;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    command.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

// What stands on a `hunt` line and is meant for the `run` of each trial.
std::vector<std::string> passed_on(int argc, const char* const* argv) {
  static const std::vector<std::string> kOwn = {"--budget", "--jobs", "--out",
                                                "--only",   "--seed", "--scenario"};
  std::vector<std::string> out;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.substr(0, word.find('='));
    if (std::find(kOwn.begin(), kOwn.end(), name) == kOwn.end())
      out.push_back(word);
    else if (name == word)
      ++i;  // its value is the next word
  }
  return out;
}

std::vector<KnownCommand> commands_of(const CLI::App& app) {
  std::vector<KnownCommand> out;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    out.push_back({command->get_name(), {}});
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames())
        out.back().options.push_back("--" + name);
  }
  return out;
}

// One reading of a command line. Flags are bound to its members.
class Reader {
 public:
  // `only`: the flags that are described. Without it all of them, as help and messages want.
  Reader(int argc, const char* const* argv, const Mentioned* only);
  Result<Config, EarlyExit> read();

 private:
  using Command = Config::Command;
  // What remains to be done once a command was asked for; an exit, where that was all.
  using Choose = std::function<std::optional<EarlyExit>()>;

  CLI::App& add(const std::string& name, const std::string& about, Choose choose);
  // One that needs nothing but its flags; `serve`, where there is one, is what they were bound to.
  CLI::App& add(const std::string& name, const std::string& about, Command command,
                ServeConfig* serve = nullptr);
  Flags flags_of(CLI::App& command) const { return Flags(command, only_); }
  void add_servers();
  void add_files();
  void add_lists();
  void add_rest();
  // A command that is run: what comes behind `--`.
  std::optional<EarlyExit> choose_command(const std::string& name, Command command,
                                          ServeConfig& serve);
  EarlyExit failed(const CLI::ParseError& error);

  const int argc_;
  const char* const* const argv_;
  const Mentioned* const only_;
  std::vector<std::string> command_line_;  // what comes behind `--`
  const int own_;                          // how many words come before it
  CLI::App app_{"Stands in for image-generation providers: their real SDKs talk to it.",
                "provider-emulator"};
  std::vector<std::pair<CLI::App*, Choose>> commands_;
  Config config_;
  ServeConfig run_, hunt_, env_, ca_, record_, trigger_;
  bool licences_ = false;
  std::string shell_;
};

// What a server of a command's own is, unless flags say otherwise.
ServeConfig beside_a_command() {
  ServeConfig out;
  out.server.port = 0;
  out.log = "off";
  out.announce = false;
  out.reach.proxy_others = "pass";
  return out;
}

Reader::Reader(int argc, const char* const* argv, const Mentioned* only)
    : argc_(argc),
      argv_(argv),
      only_(only),
      own_(own_arguments(argc, argv, command_line_)),
      run_(beside_a_command()),
      hunt_(run_),
      record_(run_) {
  app_.require_subcommand(1);
  app_.set_version_flag("--version", version());
  add_servers();
  add_files();
  add_lists();
  add_rest();
}

CLI::App& Reader::add(const std::string& name, const std::string& about, Choose choose) {
  CLI::App* const command = app_.add_subcommand(name, about);
  commands_.emplace_back(command, std::move(choose));
  return *command;
}

CLI::App& Reader::add(const std::string& name, const std::string& about, Command command,
                      ServeConfig* serve) {
  return add(name, about, [this, command, serve]() -> std::optional<EarlyExit> {
    config_.command = command;
    if (serve != nullptr) config_.serve = std::move(*serve);
    return std::nullopt;
  });
}

std::optional<EarlyExit> Reader::choose_command(const std::string& name, Command command,
                                                ServeConfig& serve) {
  if (command_line_.empty())
    return EarlyExit{2, "provider-emulator: " + name +
                            " wants a command behind --, as in: " + name + " -- npm test\n"};
  config_.command = command;
  config_.command_line = std::move(command_line_);
  config_.serve = std::move(serve);
  return std::nullopt;
}

void Reader::add_servers() {
  Flags serve = flags_of(add("serve", "answer requests until stopped", Command::kServe));
  serve_flags(serve, config_.serve);
  lifetime_flags(serve, config_.serve.lifetime);

  Flags run = flags_of(
      add("run", "serve on a free port while a command runs, with SDKs pointed here", [this] {
        auto exit = choose_command("run", Command::kRun, run_);
        config_.serve.pipeline.welcome_key = config_.key;
        // `run` is for a while; but who names a folder means that one.
        config_.serve.reach.ca_in_memory = config_.serve.reach.ca_dir.empty();
        return exit;
      }));
  run_flags(run, config_, run_);

  Flags hunt = flags_of(add(
      "hunt", "find what breaks a command: it runs once for each outcome that it can meet", [this] {
        config_.hunt.passed = passed_on(own_, argv_);
        return choose_command("hunt", Command::kHunt, hunt_);
      }));
  hunt_flags(hunt, config_, hunt_);

  Flags env = flags_of(add("env", "print what to set so that SDKs come to a server",
                           [this]() -> std::optional<EarlyExit> {
                             config_.command = Command::kEnv;
                             config_.serve = std::move(env_);
                             if (config_.format == "human") config_.format = "sh";
                             return std::nullopt;
                           }));
  env_flags(env, config_, env_);

  Flags ca = flags_of(
      add("ca", "print the certificate that makes HTTPS here trusted; made at its first use",
          Command::kCa, &ca_));
  ca_flags(ca, config_, ca_);
}

void Reader::add_files() {
  Flags check =
      flags_of(add("check", "read scenario files and list every problem", Command::kCheck));
  check_flags(check, config_);
  Flags compare = flags_of(
      add("compare", "answer recorded requests here, and tell what differs from the recording",
          Command::kCompare));
  compare_flags(compare, config_);
  Flags record = flags_of(
      add("record", "run a command against the real providers, and write down what they answer",
          [this] {
            auto exit = choose_command("record", Command::kRecord, record_);
            config_.serve.reach.ca_in_memory = config_.serve.reach.ca_dir.empty();
            return exit;
          }));
  record_flags(record, config_.record, record_);
}

void Reader::add_lists() {
  Flags list = flags_of(add("list", "print what there is", Command::kList));
  list_flags(list, config_);
  Flags tail =
      flags_of(add("tail", "print what happens in a sandbox, as it happens", Command::kTail));
  tail_flags(tail, config_);
  Flags trigger = flags_of(add("trigger", "send one webhook of a provider, signed, without an app",
                               Command::kTrigger, &trigger_));
  trigger_flags(trigger, config_, trigger_);
}

void Reader::add_rest() {
  add("schema", "print the JSON Schema of scenario files", Command::kSchema);
  Flags show = flags_of(add("show", "print a built-in scenario", Command::kShow));
  show.text("NAME", config_.what, "as `list scenarios` has it").required();
  Flags init = flags_of(
      add("init", "write a commented scenario file to begin with, and the schema it is edited by",
          [this]() -> std::optional<EarlyExit> {
            config_.command = Command::kInit;
            if (config_.what.empty()) config_.what = "scenario";
            return std::nullopt;
          }));
  init.text("NAME", config_.what, "of the scenario, or a path that ends in .yaml")
      .preset("scenario");
  CLI::App& show_version =
      add("version", "print the version", [this]() -> std::optional<EarlyExit> {
        config_.command = Command::kVersion;
        if (!licences_) return std::nullopt;
        return EarlyExit{0,
                         ("provider-emulator " + version() + "\n\n").append(third_party_notices())};
      });
  show_version.add_flag("--licences,--licenses", licences_,
                        "print the licences of what is linked in");

  // For those who make packages; no description keeps them out of the list of commands.
  CLI::App& complete = add("completions", "", [this]() -> std::optional<EarlyExit> {
    return EarlyExit{0, completions(app_, shell_).value_or("")};
  });
  complete.group("");
  flags_of(complete).text("SHELL", shell_, "").required().check(one_of({"bash", "zsh", "fish"}));
  CLI::App& man = add("man", "", [this]() -> std::optional<EarlyExit> {
    return EarlyExit{0, man_page(app_, version())};
  });
  man.group("");
}

// Help, which is no failure, or one line.
EarlyExit Reader::failed(const CLI::ParseError& error) {
  std::ostringstream out, err;
  if (app_.exit(error, out, err) == 0) return {0, out.str()};
  std::string line = misspelt(commands_of(app_), own_, argv_);
  // Not by its name: that is the command's own where something is too much.
  const int kind = error.get_exit_code();
  const bool extra = kind == static_cast<int>(CLI::ExitCodes::ExtrasError);
  const bool unexpected = extra || kind == static_cast<int>(CLI::ExitCodes::RequiredError);
  const std::string first = argc_ > 1 ? argv_[1] : "";
  if (line.empty() && extra && (first == "run" || first == "hunt"))
    line = first + " wants its command behind --, as in: " + first + " -- npm test";
  if (line.empty() || !unexpected) line = error.what();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return {2, "provider-emulator: " + line + " (see --help)\n"};
}

Result<Config, EarlyExit> Reader::read() {
  // A list of all options wants the limits, too.
  if (only_ == nullptr)
    make_readable(app_, std::any_of(argv_, argv_ + argc_, [](const char* word) {
                    const std::string_view text = word;
                    return text == "--help-all" || text == "completions" || text == "man";
                  }));
  try {
    app_.parse(own_, argv_);
  } catch (const CLI::ParseError& error) {
    return Failure{failed(error)};
  }
  for (const auto& [command, choose] : commands_) {
    if (!command->parsed()) continue;
    if (auto exit = choose()) return Failure{std::move(*exit)};
  }
  return std::move(config_);
}

}  // namespace

std::string version() { return EMULATOR_VERSION; }

Result<Config, EarlyExit> read_config(int argc, const char* const* argv) {
  // What starts a server is read by the flags it speaks of. Whatever is wrong with it, or asks for
  // help, is read again by all there are.
  const std::string_view command = argc < 2 ? "" : argv[1];
  if (command == "serve" || command == "run") {
    const Mentioned mentioned(argc, argv, os::environment());
    if (auto config = Reader(argc, argv, &mentioned).read()) return config;
  }
  return Reader(argc, argv, nullptr).read();
}

}  // namespace emulator
