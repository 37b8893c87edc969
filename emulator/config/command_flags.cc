// What each command but `serve` can be told, flag by flag.
#include "emulator/config/command_flags.h"

#include "emulator/compare/report.h"
#include "emulator/config/serve_flags.h"

namespace emulator {
namespace {

void format_flag(Flags& flags, Config& config) {
  flags.text("--format", config.format, "how to print")
      .line_only()
      .check(one_of({"human", "json"}))
      .preset("human");
}

void contract_flag(Flags& flags, std::vector<std::string>& contracts, const std::string& about) {
  flags.texts("--contract", contracts, about).line_only();
}

std::string key_problem(const std::string& text) {
  const auto odd =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");
  const bool good =
      odd == std::string::npos && !text.empty() && text.front() != ':' && text.back() != ':';
  return good ? "" : "\"" + text + "\" is more than letters, digits, . _ -";
}

void key_flag(Flags& flags, Config& config) {
  flags.shown_text("--key", config.key, "API key for the SDKs, and so the sandbox's name")
      .check({"NAME[:SECRET]", key_problem});
}

void intercept_flag(Flags& flags, Config& config) {
  flags.either("--intercept", config.intercept, "on", "off",
               "lead the providers' hosts here for the command, whatever it runs on");
}

}  // namespace

void run_flags(Flags& flags, Config& config, ServeConfig& serve) {
  key_flag(flags, config);
  intercept_flag(flags, config);
  flags.text("--report", config.report,
             "file to write the verdict to, as JUnit XML, when the command has ended");
  flags.text("--sarif", config.sarif,
             "file to write the findings about the client to, as SARIF 2.1.0, when the "
             "command has ended");
  flags
      .shown_text("--fail-on", config.fail_on,
                  "the least severity of findings that makes the code 4")
      .check(one_of({"error", "warning", "note", "never"}));
  flags.text("--coverage", config.coverage,
             "file to write the outcomes that were met to, of those that could be, as JSON");
  flags.percent("--min-coverage", config.min_coverage,
                "how much of the outcomes must be met; less makes the code 5");
  flags.text("--trial-report", config.trial_report, "for hunt").line_only().hidden();
  serve_flags(flags, serve);
  flags.footer(
      "-- COMMAND...: what to run, after all options. The code is the command's if not 0, else\n"
      "3 when the scenario's expectations are unmet, 4 when --fail-on finds something,\n"
      "5 when less is met than --min-coverage wants.");
}

void hunt_flags(Flags& flags, Config& config, ServeConfig& serve) {
  serve_flags(flags, serve);
  key_flag(flags, config);
  intercept_flag(flags, config);
  const auto wrong = [](Duration span) -> std::string {
    const bool good = span >= std::chrono::seconds(1) && span <= std::chrono::hours(24);
    return good ? "" : "must be from 1s to 24h";
  };
  flags.duration("--budget", config.hunt.budget, wrong, "time for all of it").preset("10m");
  flags.few("--jobs", config.hunt.jobs, 1, 64, "trials at once, each with an emulator of its own");
  flags.shown_text("--out", config.hunt.out, "folder for the reports and scenarios");
  flags.text("--only", config.hunt.only, "outcomes to try, separated by commas; all when left out");
  flags.footer(
      "-- COMMAND...: what to run, after all options, once in fair weather and once for each\n"
      "outcome it can meet. The code is 0, 6 when anything broke, hung or misbehaved, 2 when "
      "there\n"
      "is nothing to hunt, 126 or 127 when the command cannot be run.");
}

void env_flags(Flags& flags, Config& config, ServeConfig& serve) {
  flags.few("--port", serve.server.port, 1, 65'535, "the server's port");
  flags.shown_text("--host", serve.server.host, "the server's address");
  flags.text("--url", config.url, "the server's whole address, instead of host and port")
      .line_only()
      .check(http_address());
  flags.text("--control-token", serve.control_token, "the server's token, if it has one");
  key_flag(flags, config);
  flags
      .given("--intercept", config.print_intercept,
             "also what leads programs there that were never told of an emulator")
      .line_only();
  ca_dir_flag(flags, serve.reach);
  flags.text("--format", config.format, "how to print")
      .line_only()
      .check(one_of({"sh", "dotenv", "json"}))
      .preset("sh");
}

void ca_flags(Flags& flags, Config& config, ServeConfig& serve) {
  ca_dir_flag(flags, serve.reach);
  flags.text("--bundle", config.bundle, "write it to this file, behind the system's").line_only();
  flags
      .text("--pkcs12", config.pkcs12,
            "write both as a trust store for Java, with the password changeit")
      .line_only();
  flags.given("--path", config.path, "print where it lies instead").line_only();
}

void check_flags(Flags& flags, Config& config) {
  flags.texts("FILE", config.files, "scenario files; - is stdin").required();
  format_flag(flags, config);
  contract_flag(flags, config.serve.contracts, "contract files to check against");
}

void compare_flags(Flags& flags, Config& config) {
  CompareConfig& compare = config.compare;
  flags
      .texts("FILE", config.files,
             "HAR files, cassettes of VCR.py (YAML or JSON), fixtures; - is stdin")
      .required();
  format_flag(flags, config);
  flags
      .texts("--ignore", compare.ignore,
             "differences not to tell: a class (order), a glob over paths (/timings/*), or both "
             "(value:/cost); may be given several times")
      .line_only()
      .several()
      .check({"CLASS|PATH|CLASS:PATH", compare::ignored_problem});
  flags
      .text("--fixtures", compare.fixtures,
            "folder to write fixtures into, with keys, texts and pictures replaced")
      .line_only();
  flags
      .text("--scenario", compare.scenario,
            "file to write a scenario to that does what was recorded")
      .line_only();
  contract_flag(flags, config.serve.contracts, "contract files to compare against");
  flags.size("--max-file", compare.max_file, 1'024, 1ull << 30,
             "bytes of a cassette in YAML or a fixture, which is read whole; a HAR may be larger");
  flags.size("--max-exchange", compare.max_exchange, 1'024, 1ull << 30,
             "bytes of one exchange, and of its body decompressed; larger ones are left out");
  flags.count("--max-exchanges", compare.max_exchanges, 1, 10'000'000,
              "exchanges with providers compared, of each file");
  flags.size("--max-kept", compare.max_kept, 1'024, 64ull << 30,
             "bytes of one file's exchanges kept while they are compared; pictures count by their "
             "sizes alone");
  flags.footer(
      "The code is 0 when nothing differs, 7 when something does, 2 when a file cannot be read\n"
      "whole and nothing differs in the rest.");
}

void record_flags(Flags& flags, RecordConfig& record, ServeConfig& serve) {
  flags.given("--allow-real", record.allow_real,
              "let the requests go to the real providers, which costs money");
  flags.shown_text("--out", record.out,
                   "file to write the recording to, a HAR with keys masked; none is replaced");
  flags.size("--max-exchange", record.max_exchange, 1'024, 4ull << 30,
             "bytes of one answer; in place of a larger one the command gets a 502 that says so");
  flags.time<std::chrono::seconds>("--answer-time", record.answer_time, 1, 86'400,
                                   "seconds that a provider may take for one answer");
  ca_dir_flag(flags, serve.reach);
  flags.footer(
      "-- COMMAND...: what to run, after all options. The code is the command's, or 2 when it was\n"
      "0 and the recording could not be written.");
}

void list_flags(Flags& flags, Config& config) {
  flags
      .text(
          "WHAT", config.what,
          "providers, endpoints, scenarios, outcomes, refusals, findings, coverage, the values of "
          "contracts, the words of scenarios, or the webhooks of an emulator that runs")
      .required()
      .check(one_of({"providers", "endpoints", "scenarios", "outcomes", "refusals", "findings",
                     "coverage", "values", "words", "webhooks"}));
  flags.shown_text("--at", config.at, "webhooks: address of the emulator");
  flags.shown_text("--sandbox", config.sandbox, "webhooks: of this sandbox");
  flags.text("--control-token", config.serve.control_token, "webhooks: token of its control API");
  format_flag(flags, config);
  contract_flag(flags, config.serve.contracts, "contract files to take in");
}

void tail_flags(Flags& flags, Config& config) {
  flags.shown_text("SANDBOX", config.sandbox, "its name: the API key before any colon");
  flags
      .text("--kind", config.kinds,
            "only these, with commas: request, held, task, clock, reset, scenario, webhook")
      .line_only();
  flags.shown_text("--at", config.at, "address of the emulator");
  flags.text("--control-token", config.serve.control_token, "token of its control API");
  format_flag(flags, config);
}

void trigger_flags(Flags& flags, Config& config, ServeConfig& serve) {
  flags.text("PROVIDER", config.what, "the provider whose webhook it is").required();
  flags.text("EVENT", config.event, "what it tells of")
      .required()
      .check(one_of({"completed", "failed", "moderated", "nsfw"}));
  flags.text("--to", config.to, "where it goes").line_only().required().check(http_address());
  flags.shown_text("--prompt", config.prompt, "of the task").line_only();
  flags
      .text("--then", config.then,
            "what else shall happen, as in a prompt's [[...]]: webhook: bad_signature")
      .line_only();
  flags
      .text("--secret", config.secret,
            "what the receiver shares with the provider, where it is sent along")
      .line_only();
  key_flag(flags, config);
  flags
      .text("--at", config.url,
            "an emulator that runs, where links of the webhook stay good; else one of its own")
      .line_only()
      .check(http_address());
  flags.text("--control-token", serve.control_token, "token of its control API");
  contract_flag(flags, serve.contracts, "contract files, for keys and schedules of your own");
  webhooks_flag(flags, serve.webhooks.policy, "where it may go, without --at")
      .check(one_of({"local", "any"}));
  flags.text("--webhook-ca", serve.webhook_client.ca_file,
             "PEM file of certificates that an https receiver may have");
  format_flag(flags, config);
}

}  // namespace emulator
