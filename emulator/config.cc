#include "emulator/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <sstream>

#include "emulator/app/misspelt.h"
#include "emulator/app/scenario_file.h"
#include "emulator/base/text.h"

#ifndef EMULATOR_VERSION
#define EMULATOR_VERSION "0.0.0"
#endif

namespace emulator {
namespace {

// --max-body -> EMULATOR_MAX_BODY
std::string environment_name(const std::string& flag) {
  std::string out = "EMULATOR_";
  for (const char c : flag.substr(2))
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// A check that also says what is allowed in --help.
CLI::Validator check(std::string shown, std::function<std::string(const std::string&)> problem) {
  return CLI::Validator([problem = std::move(problem)](std::string& text) { return problem(text); },
                        std::move(shown));
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  std::string shown;
  for (const std::string& word : words) shown += (shown.empty() ? "" : "|") + word;
  return check(shown, [words, shown](const std::string& text) -> std::string {
    if (std::find(words.begin(), words.end(), text) != words.end()) return "";
    std::string problem = "\"" + text + "\" is none of " + shown;
    if (const auto hint = nearest(text, words)) problem += "; did you mean \"" + *hint + "\"?";
    return problem;
  });
}

CLI::Validator http_address() {
  return check("URL", [](const std::string& text) -> std::string {
    const bool good = (text.starts_with("http://") && text.size() > 7) ||
                      (text.starts_with("https://") && text.size() > 8);
    return good ? "" : "\"" + text + "\" is no http:// or https:// address";
  });
}

CLI::Option* flag(CLI::App& app, const std::string& name, CLI::Option* option) {
  (void)app;
  return option->envname(environment_name(name));
}

// A size with a unit, turned into bytes before it is stored.
void size_flag(CLI::App& app, const std::string& name, std::uint64_t& target, std::uint64_t least,
               std::uint64_t most, const std::string& about) {
  const auto convert = [least, most](std::string& text) -> std::string {
    const auto size = parse_size(text);
    if (!size) return size.error();
    if (*size < least || *size > most)
      return "must be from " + std::to_string(least) + " to " + std::to_string(most) + " bytes";
    text = std::to_string(*size);
    return "";
  };
  flag(app, name,
       app.add_option(name, target, about)
           ->transform(CLI::Validator(convert, "SIZE"))
           ->default_str(std::to_string(target)));
}

void count_flag(CLI::App& app, const std::string& name, std::uint64_t& target, std::uint64_t least,
                std::uint64_t most, const std::string& about) {
  flag(app, name,
       app.add_option(name, target, about)
           ->check(CLI::Range(least, most))
           ->default_str(std::to_string(target)));
}

void serve_flags(CLI::App& app, ServeConfig& serve) {
  flag(app, "--port",
       app.add_option("--port", serve.port, "TCP port; 0 takes a free one")
           ->check(CLI::Range(0, 65535))
           ->default_str(std::to_string(serve.port)));
  flag(app, "--host",
       app.add_option("--host", serve.host, "address to listen on")->default_str(serve.host));
  flag(app, "--port-file",
       app.add_option("--port-file", serve.port_file,
                      "file to write the port to, once requests are answered"));
  flag(app, "--unix-socket",
       app.add_option("--unix-socket", serve.unix_socket, "path of a socket to listen on as well"));
  flag(app, "--scenario",
       app.add_option("--scenario", serve.scenario, "a built-in scenario's name, or a file")
           ->default_str(serve.scenario));
  flag(app, "--contract",
       app.add_option("--contract", serve.contracts,
                      "a contract file laid over a provider's; may be given several times"));
  flag(app, "--seed",
       app.add_option_function<std::uint64_t>(
           "--seed",
           [&serve](const std::uint64_t& seed) {
             serve.seed = seed;
             serve.seed_given = true;
           },
           "seed of all chance; wins over a scenario's. Without either one is drawn and printed"));
  flag(app, "--clock",
       app.add_option("--clock", serve.clock,
                      "wall; skip: goes to what clients wait for; manual or manual@INSTANT: frozen "
                      "at 2026-01-01T00:00:00Z or INSTANT")
           ->check(check("wall|skip|manual[@INSTANT]",
                         [](const std::string& text) -> std::string {
                           if (text == "wall" || text == "skip" || text == "manual") return "";
                           if (!text.starts_with("manual@"))
                             return "\"" + text +
                                    "\" is none of wall, skip, manual, manual@INSTANT";
                           const auto at = parse_instant(text.substr(7));
                           return at ? "" : at.error();
                         }))
           ->default_str(serve.clock));
  flag(app, "--public-url",
       app.add_option("--public-url", serve.public_url, "origin of every link handed out")
           ->check(http_address()));
  flag(app, "--auth",
       app.add_option("--auth", serve.auth,
                      "any: every key is good; format: malformed ones are refused; FILE: only the "
                      "keys listed there are good")
           ->check(check("any|format|FILE",
                         [](const std::string& text) -> std::string {
                           if (text == "any" || text == "format" || names_a_file(text)) return "";
                           return "\"" + text +
                                  "\" is neither any nor format, nor a file such as keys.yaml";
                         }))
           ->default_str(serve.auth));
  flag(app, "--control-token",
       app.add_option(
           "--control-token", serve.control_token,
           "token the control API asks for; made and printed when --host is not loopback"));
  flag(app, "--log",
       app.add_option("--log", serve.log, "one line a request on stderr")
           ->check(one_of({"human", "json", "off"}))
           ->default_str(serve.log));
  flag(app, "--strict-models",
       app.add_flag(
           "--strict-models", serve.strict_models,
           "refuse models that are not in a provider's contract, as the provider refuses unknown "
           "ones; else fal's image models are answered by a generic schema"));
  flag(app, "--no-prompt-directives",
       app.add_flag("--no-prompt-directives", serve.no_prompt_directives,
                    "leave [[...]] in prompts alone"));
  flag(app, "--webhooks",
       app.add_option("--webhooks", serve.webhooks,
                      "where webhooks may go: to this machine and private addresses, to any, "
                      "nowhere")
           ->check(one_of({"local", "any", "off"}))
           ->default_str(serve.webhooks));
  flag(app, "--webhook-ca",
       app.add_option("--webhook-ca", serve.webhook_ca,
                      "PEM file of certificates that https receivers may have, beside the "
                      "system's"));
  count_flag(app, "--max-sandboxes", serve.max_sandboxes, 1, 1'000'000,
             "sandboxes kept; the longest idle goes first");
  count_flag(app, "--max-tasks", serve.max_tasks, 1, 100'000'000,
             "tasks kept, of all sandboxes together; the oldest goes first");
  count_flag(app, "--max-journal", serve.max_journal, 0, 10'000'000,
             "journal entries kept for each sandbox");
  size_flag(app, "--max-journal-bytes", serve.max_journal_bytes, 0, 64ull << 30,
            "bytes of journal kept for each sandbox");
  size_flag(app, "--max-journal-total", serve.max_journals_bytes, 0, 1ull << 40,
            "bytes of journal kept for all sandboxes together; the longest idle lose theirs first");
  count_flag(app, "--max-waits", serve.max_waits, 0, 1'000'000,
             "calls of the control API that wait (verify, within) at once");
  count_flag(app, "--max-event-streams", serve.max_event_streams, 0, 100'000,
             "readers of events connected at once");
  size_flag(app, "--max-event-backlog", serve.max_event_backlog, 1'024, 1u << 30,
            "bytes a reader of events may be behind before it is dropped");
  count_flag(
      app, "--max-notes", serve.max_notes, 1, 10'000'000,
      "notes kept for each sandbox and provider: repeat keys, uploads under way and the like; "
      "the oldest goes first");
  count_flag(app, "--max-fired", serve.max_fired, 1, 10'000'000,
             "events told by one call that moves a clock; it says when there were more");
  count_flag(app, "--max-names", serve.max_names, 1, 10'000'000,
             "keys whose sandbox names are remembered; more are worked out anew. Models that were "
             "warned of, too");
  size_flag(app, "--max-body", serve.max_body, 1, 4ull << 30, "largest request body");
  size_flag(app, "--max-picture-file", serve.max_picture_file, 1, 1ull << 30,
            "largest file that a scenario's image: { file: PATH } may name");
  size_flag(app, "--max-upload-memory", serve.max_upload_memory, 0, 64ull << 30,
            "bytes of uploaded files kept in memory; more go to a temporary folder");
  size_flag(app, "--max-uploads", serve.max_uploads, 0, 1ull << 40,
            "bytes of uploaded files kept at all; the oldest go first");
  count_flag(app, "--max-upload-files", serve.max_upload_files, 1, 10'000'000,
             "uploaded files kept at all; the oldest go first");
  count_flag(app, "--max-webhooks", serve.max_webhooks, 0, 10'000'000,
             "webhooks that wait to be delivered, of all sandboxes together; further ones are "
             "refused");
  count_flag(app, "--max-webhook-records", serve.max_webhook_records, 0, 10'000'000,
             "webhooks that are over kept to be looked at, for each sandbox");
  size_flag(app, "--max-webhook-bytes", serve.max_webhook_bytes, 0, 64ull << 30, "bytes of those");
  count_flag(app, "--max-webhook-connections", serve.max_webhook_connections, 1, 60'000,
             "webhooks on their way at once");
  count_flag(app, "--max-webhook-share", serve.max_webhook_share, 1, 60'000,
             "of those, for each sandbox");
  size_flag(app, "--max-webhook-reply", serve.max_webhook_reply, 0, 1u << 30,
            "bytes read of a receiver's answer");
  count_flag(app, "--max-inbox", serve.max_inbox, 1, 10'000'000,
             "requests kept in all inboxes together; the oldest goes first");
  size_flag(app, "--max-inbox-bytes", serve.max_inbox_bytes, 1, 64ull << 30, "bytes of those");
  size_flag(app, "--max-header", serve.max_header, 1'024, 16u << 20,
            "largest request line with headers");
  count_flag(app, "--max-connections", serve.max_connections, 1, 1'000'000,
             "connections held at once");
}

void key_flag(CLI::App& app, Config& config) {
  flag(
      app, "--key",
      app.add_option("--key", config.key, "API key for the SDKs, and so the sandbox's name")
          ->check(check("NAME[:SECRET]",
                        [](const std::string& text) -> std::string {
                          const auto odd = text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");
                          const bool good = odd == std::string::npos && !text.empty() &&
                                            text.front() != ':' && text.back() != ':';
                          return good ? "" : "\"" + text + "\" is more than letters, digits, . _ -";
                        }))
          ->default_str(config.key));
}

void run_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  serve_flags(app, serve);
  key_flag(app, config);
  flag(app, "--report",
       app.add_option("--report", config.report,
                      "file to write the verdict to, as JUnit XML, when the command has ended"));
  app.footer(
      "-- COMMAND...: what to run, after all options. The code is the command's if not 0, else\n"
      "3 when the scenario's expectations are unmet.");
}

void env_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  flag(app, "--port",
       app.add_option("--port", serve.port, "the server's port")
           ->check(CLI::Range(1, 65535))
           ->default_str(std::to_string(serve.port)));
  flag(app, "--host",
       app.add_option("--host", serve.host, "the server's address")->default_str(serve.host));
  app.add_option("--url", config.url, "the server's whole address, instead of host and port")
      ->check(http_address());
  flag(app, "--control-token",
       app.add_option("--control-token", serve.control_token, "the server's token, if it has one"));
  key_flag(app, config);
  app.add_option("--format", config.format, "how to print")
      ->check(one_of({"sh", "dotenv", "json"}))
      ->default_str("sh");
}

// What comes behind `--` on a `run` line is the command's, whatever it looks like.
int own_arguments(int argc, const char* const* argv, std::vector<std::string>& command) {
  if (argc < 2 || std::string_view(argv[1]) != "run") return argc;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    command.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

}  // namespace

std::string version() { return EMULATOR_VERSION; }

Result<Config, EarlyExit> read_config(int argc, const char* const* argv) {
  Config config;
  CLI::App app("Stands in for image-generation providers: their real SDKs talk to it.",
               "provider-emulator");
  app.require_subcommand(1);
  app.set_version_flag("--version", version());

  CLI::App* serve = app.add_subcommand("serve", "answer requests until stopped");
  serve_flags(*serve, config.serve);

  ServeConfig for_run = config.serve;
  for_run.port = 0;
  for_run.log = "off";
  for_run.announce = false;
  CLI::App* run = app.add_subcommand(
      "run", "serve on a free port while a command runs, with SDKs pointed here");
  run_flags(*run, config, for_run);

  ServeConfig for_env = config.serve;
  CLI::App* env = app.add_subcommand("env", "print what to set so that SDKs come to a server");
  env_flags(*env, config, for_env);

  CLI::App* check_files = app.add_subcommand("check", "read scenario files and list every problem");
  check_files->add_option("FILE", config.files, "scenario files; - is stdin")->required();
  check_files->add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
  check_files->add_option("--contract", config.serve.contracts, "contract files to check against");

  CLI::App* list = app.add_subcommand("list", "print what there is");
  list->add_option("WHAT", config.what,
                   "providers, endpoints, scenarios, outcomes, refusals, coverage, or the webhooks "
                   "of an emulator that runs")
      ->required()
      ->check(one_of(
          {"providers", "endpoints", "scenarios", "outcomes", "refusals", "coverage", "webhooks"}));
  flag(*list, "--at",
       list->add_option("--at", config.at, "webhooks: address of the emulator")
           ->default_str(config.at));
  flag(*list, "--sandbox",
       list->add_option("--sandbox", config.sandbox, "webhooks: of this sandbox")
           ->default_str(config.sandbox));
  flag(*list, "--control-token",
       list->add_option("--control-token", config.serve.control_token,
                        "webhooks: token of its control API"));
  list->add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
  list->add_option("--contract", config.serve.contracts, "contract files to take in");

  CLI::App* schema = app.add_subcommand("schema", "print the JSON Schema of scenario files");
  CLI::App* show = app.add_subcommand("show", "print a built-in scenario");
  show->add_option("NAME", config.what, "as `list scenarios` has it")->required();
  CLI::App* init = app.add_subcommand(
      "init", "write a commented scenario file to begin with, and the schema it is edited by");
  init->add_option("NAME", config.what, "of the scenario, or a path that ends in .yaml")
      ->default_str("scenario");
  CLI::App* show_version = app.add_subcommand("version", "print the version");

  try {
    app.parse(own_arguments(argc, argv, config.command_line), argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    if (code == 0) return Failure{EarlyExit{0, out.str()}};
    std::string line = misspelt(app, own_arguments(argc, argv, config.command_line), argv);
    const bool unexpected =
        error.get_name() == "ExtrasError" || error.get_name() == "RequiredError";
    if (line.empty() || !unexpected) line = error.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    return Failure{EarlyExit{2, "provider-emulator: " + line + " (see --help)\n"}};
  }
  if (serve->parsed()) config.command = Config::Command::kServe;
  if (run->parsed()) {
    if (config.command_line.empty())
      return Failure{EarlyExit{
          2, "provider-emulator: run wants a command behind --, as in: run -- npm test\n"}};
    config.command = Config::Command::kRun;
    config.serve = std::move(for_run);
    config.serve.welcome_key = config.key;
  }
  if (env->parsed()) {
    config.command = Config::Command::kEnv;
    config.serve = std::move(for_env);
    if (config.format == "human") config.format = "sh";
  }
  if (check_files->parsed()) config.command = Config::Command::kCheck;
  if (list->parsed()) config.command = Config::Command::kList;
  if (schema->parsed()) config.command = Config::Command::kSchema;
  if (show->parsed()) config.command = Config::Command::kShow;
  if (init->parsed()) {
    config.command = Config::Command::kInit;
    if (config.what.empty()) config.what = "scenario";
  }
  if (show_version->parsed()) config.command = Config::Command::kVersion;
  return config;
}

}  // namespace emulator
