#include "emulator/config.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <sstream>

#include "emulator/app/describe.h"
#include "emulator/app/help.h"
#include "emulator/app/misspelt.h"
#include "emulator/app/scenario_file.h"
#include "emulator/base/clock.h"
#include "emulator/base/text.h"
#include "emulator/compare/report.h"
#include "emulator/pipeline/visitors.h"

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

// A share such as `80%`; the sign may be left out.
void percent_flag(CLI::App& app, const std::string& name, double& target,
                  const std::string& about) {
  const auto convert = [](std::string& text) -> std::string {
    std::string digits = text;
    if (digits.ends_with('%')) digits.pop_back();
    const bool number = !digits.empty() &&
                        digits.find_first_not_of("0123456789.") == std::string::npos &&
                        std::count(digits.begin(), digits.end(), '.') <= 1 && digits != ".";
    // More digits than that make no share more exact, and a number that has no end no number.
    if (!number || digits.size() > 20 || std::stod(digits) > 100)
      return "\"" + text + "\" is no share from 0% to 100%";
    text = digits;
    return "";
  };
  flag(app, name,
       app.add_option(name, target, about)
           ->transform(CLI::Validator(convert, "PERCENT"))
           ->default_str("0%"));
}

void visitor_flags(CLI::App& app, ServeConfig& serve) {
  const auto several = [](CLI::Option* option) {
    option->delimiter(',')->allow_extra_args(false);
    return option;
  };
  flag(app, "--allow-origin",
       several(app.add_option("--allow-origin", serve.allow_origins,
                              "web pages that may use the control API and be sent webhooks: "
                              "http://localhost:3000, http://localhost:*, https://*.example.com; "
                              "may be given several times")
                   ->check(check("ORIGIN", [](const std::string& text) {
                     return Visitors::origin_problem(text);
                   }))));
  flag(app, "--allow-host",
       several(app.add_option("--allow-host", serve.allow_hosts,
                              "names this server goes by beside localhost, addresses and names "
                              "without dots: emulator.example.com, *.example.com; may be given "
                              "several times")
                   ->check(check("NAME", [](const std::string& text) {
                     return Visitors::host_problem(text);
                   }))));
}

void ca_dir_flag(CLI::App& app, ServeConfig& serve) {
  flag(app, "--ca-dir",
       app.add_option("--ca-dir", serve.ca_dir,
                      "folder of the CA that vouches for the providers' hosts over TLS; else "
                      "provider-emulator below $XDG_DATA_HOME or ~/.local/share"));
}

void reach_flags(CLI::App& app, ServeConfig& serve) {
  ca_dir_flag(app, serve);
  flag(app, "--tls-cert",
       app.add_option("--tls-cert", serve.tls_cert,
                      "PEM file of a certificate of your own for TLS, instead of those made here"));
  flag(app, "--tls-key", app.add_option("--tls-key", serve.tls_key, "PEM file of its key"));
  flag(app, "--proxy-others",
       app.add_option("--proxy-others", serve.proxy_others,
                      "what is done with other hosts by a client that takes this for its proxy: "
                      "refuse, pass, or the hosts to pass on: example.com,*.example.org")
           ->check(check("refuse|pass|HOST,...",
                         [](const std::string& text) -> std::string {
                           const auto odd = text.find_first_not_of(
                               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               ".-_*,:[]");
                           return odd == std::string::npos && !text.empty()
                                      ? ""
                                      : "\"" + text + "\" is no list of hosts";
                         }))
           ->default_str(serve.proxy_others));
  count_flag(app, "--max-tunnels", serve.max_tunnels, 0, 100'000,
             "tunnels of a proxy's clients passed on at once");
  count_flag(app, "--tunnel-idle", serve.tunnel_idle, 1, 86'400,
             "seconds after which a tunnel is closed through which nothing goes");
  count_flag(app, "--max-certificates", serve.max_certificates, 1, 1'000'000,
             "certificates kept that were made for names clients asked for by TLS");
}

void serve_flags(CLI::App& app, ServeConfig& serve) {
  flag(app, "--port",
       app.add_option_function<std::vector<std::uint16_t>>(
              "--port",
              [&serve](const std::vector<std::uint16_t>& ports) {
                serve.port = ports.front();
                serve.more_ports.assign(ports.begin() + 1, ports.end());
              },
              "TCP port for HTTP and HTTPS; 0 takes a free one; may be given several times")
           ->delimiter(',')
           ->allow_extra_args(false)
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
                           if (!at) return at.error();
                           if (*at >= VirtualClock::kEarliest && *at <= VirtualClock::kLatest)
                             return "";
                           return "a clock goes from " + rfc3339(VirtualClock::kEarliest, 0) +
                                  " to " + rfc3339(VirtualClock::kLatest, 0);
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
  visitor_flags(app, serve);
  reach_flags(app, serve);
  flag(app, "--log",
       app.add_option("--log", serve.log, "one line a request on stderr")
           ->check(one_of({"human", "json", "off"}))
           ->default_str(serve.log));
  flag(app, "--page",
       app.add_option("--page", serve.page,
                      "the page at /_emulator/: on, read-only (it shows and changes nothing), off")
           ->check(one_of({"on", "read-only", "off"}))
           ->default_str(serve.page));
  flag(app, "--state",
       app.add_option("--state", serve.state,
                      "file that keeps what sandboxes are, so that it outlasts this process; none "
                      "for nothing that lasts")
           ->default_str(serve.state));
  count_flag(
      app, "--state-wait", serve.state_wait, 1, 600'000,
      "milliseconds a reply waits until what it says is kept; then the store counts as away");
  count_flag(app, "--state-retry", serve.state_retry, 1, 600'000,
             "milliseconds until what the store did not take is given to it again");
  size_flag(app, "--max-state-batch", serve.max_state_batch, 1, 1ull << 30,
            "bytes given to the store at once, about; what belongs to one sandbox stays together");
  flag(app, "--strict-models",
       app.add_flag(
           "--strict-models", serve.strict_models,
           "refuse models that are not in a provider's contract, as the provider refuses unknown "
           "ones; else fal's image models are answered by a generic schema"));
  flag(app, "--no-prompt-directives",
       app.add_flag("--no-prompt-directives", serve.no_prompt_directives,
                    "leave [[...]] in prompts alone"));
  flag(app, "--captions",
       app.add_option("--captions", serve.captions,
                      "whether pictures say in letters whose they are; a scenario may differ")
           ->check(one_of({"on", "off"}))
           ->default_str(serve.captions));
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
  count_flag(app, "--max-findings", serve.max_findings, 0, 1'000'000,
             "findings about the client kept for each sandbox; more are counted");
  count_flag(app, "--max-watched", serve.max_watched, 0, 10'000'000,
             "tasks, and requests that come again, remembered for each sandbox to judge its client "
             "by; the oldest goes first; 0: nobody is judged, nor outcomes counted");
  size_flag(app, "--max-memory", serve.max_memory, 16u << 20, 1ull << 40,
            "bytes of everything that clients can make grow; at the bound the least missed goes "
            "first, and requests there is no room for are refused");
  size_flag(app, "--max-body", serve.max_body, 1, 4ull << 30, "largest request body");
  count_flag(app, "--max-json-values", serve.max_json_values, 1, 100'000'000,
             "values in a JSON body, at all depths together");
  count_flag(app, "--max-json-members", serve.max_json_members, 1, 100'000'000,
             "members of one object in a JSON body");
  count_flag(app, "--long-turn", serve.long_turn, 1, 60'000,
             "milliseconds of processor time after which a turn of the event loop is counted as "
             "long, and told on stderr with the request that took it");
  count_flag(app, "--max-picture-pixels", serve.max_picture_pixels, 1, 64u << 20,
             "pixels of the largest picture that is drawn; a scenario's may ask for more, and is "
             "answered an emulator error");
  count_flag(app, "--max-known-pictures", serve.max_known_pictures, 0, 10'000'000,
             "pictures whose sizes are remembered, so that HEAD needs no drawing");
  size_flag(app, "--max-scenario", serve.max_scenario, 1'024, 4u << 20,
            "largest text of a scenario");
  size_flag(app, "--max-scenario-patterns", serve.max_scenario_patterns, 1'024, 1u << 30,
            "bytes that all patterns of a scenario may take once they are compiled");
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
  count_flag(app, "--head-time", serve.head_time, 1, 86'400,
             "seconds for the headers of a request, and for a TLS handshake");
  count_flag(app, "--body-time", serve.body_time, 1, 86'400,
             "seconds a body may make no progress, either way");
  count_flag(app, "--idle-time", serve.idle_time, 1, 86'400,
             "seconds between two requests of a connection");
}

// When a server that nobody stops ends by itself.
void lifetime_flags(CLI::App& app, ServeConfig& serve) {
  flag(app, "--exit-with-parent",
       app.add_flag("--exit-with-parent", serve.exit_with_parent,
                    "end when the process that started this one has ended, however it did"));
  flag(app, "--exit-with",
       app.add_option("--exit-with", serve.exit_with,
                      "process id: end when that one has ended; wins over --exit-with-parent")
           ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{4'194'304})));
  flag(app, "--idle-exit",
       app.add_option_function<std::string>(
              "--idle-exit",
              [&serve](const std::string& text) { serve.idle_exit = *parse_duration(text); },
              "end after so long without a request or an open connection, such as 10m; 0 never")
           ->check(check("DURATION",
                         [](const std::string& text) -> std::string {
                           const auto read = parse_duration(text);
                           return read ? "" : read.error();
                         }))
           ->default_str("0"));
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

void intercept_flag(CLI::App& app, Config& config) {
  flag(
      app, "--intercept",
      app.add_option_function<std::string>(
             "--intercept", [&config](const std::string& word) { config.intercept = word == "on"; },
             "lead the providers' hosts here for the command, whatever it runs on")
          ->check(one_of({"on", "off"}))
          ->default_str("on"));
}

void run_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  key_flag(app, config);
  intercept_flag(app, config);
  flag(app, "--report",
       app.add_option("--report", config.report,
                      "file to write the verdict to, as JUnit XML, when the command has ended"));
  flag(app, "--sarif",
       app.add_option("--sarif", config.sarif,
                      "file to write the findings about the client to, as SARIF 2.1.0, when the "
                      "command has ended"));
  flag(app, "--fail-on",
       app.add_option("--fail-on", config.fail_on,
                      "the least severity of findings that makes the code 4")
           ->check(one_of({"error", "warning", "note", "never"}))
           ->default_str(config.fail_on));
  flag(app, "--coverage",
       app.add_option("--coverage", config.coverage,
                      "file to write the outcomes that were met to, of those that could be, as "
                      "JSON"));
  percent_flag(app, "--min-coverage", config.min_coverage,
               "how much of the outcomes must be met; less makes the code 5");
  app.add_option("--trial-report", config.trial_report, "for hunt")->group("");
  serve_flags(app, serve);
  app.footer(
      "-- COMMAND...: what to run, after all options. The code is the command's if not 0, else\n"
      "3 when the scenario's expectations are unmet, 4 when --fail-on finds something,\n"
      "5 when less is met than --min-coverage wants.");
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
  app.add_flag("--intercept", config.print_intercept,
               "also what leads programs there that were never told of an emulator");
  ca_dir_flag(app, serve);
  app.add_option("--format", config.format, "how to print")
      ->check(one_of({"sh", "dotenv", "json"}))
      ->default_str("sh");
}

void hunt_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  serve_flags(app, serve);
  key_flag(app, config);
  intercept_flag(app, config);
  flag(app, "--budget",
       app.add_option("--budget", config.hunt.budget_ms, "time for all of it")
           ->transform(CLI::Validator(
               [](std::string& text) -> std::string {
                 const auto span = parse_duration(text);
                 if (!span) return span.error();
                 if (*span < std::chrono::seconds(1) || *span > std::chrono::hours(24))
                   return "must be from 1s to 24h";
                 text = std::to_string(
                     std::chrono::duration_cast<std::chrono::milliseconds>(*span).count());
                 return "";
               },
               "DURATION"))
           ->default_str("10m"));
  flag(
      app, "--jobs",
      app.add_option("--jobs", config.hunt.jobs, "trials at once, each with an emulator of its own")
          ->check(CLI::Range(1, 64))
          ->default_str(std::to_string(config.hunt.jobs)));
  flag(app, "--out",
       app.add_option("--out", config.hunt.out, "folder for the reports and scenarios")
           ->default_str(config.hunt.out));
  flag(app, "--only",
       app.add_option("--only", config.hunt.only,
                      "outcomes to try, separated by commas; all when left out"));
  app.footer(
      "-- COMMAND...: what to run, after all options, once in fair weather and once for each\n"
      "outcome it can meet. The code is 0, 6 when anything broke, hung or misbehaved, 2 when "
      "there\n"
      "is nothing to hunt, 126 or 127 when the command cannot be run.");
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

// Of commands that ask an emulator that runs.
void asking_flags(CLI::App& app, Config& config) {
  flag(app, "--at",
       app.add_option("--at", config.at, "address of the emulator")->default_str(config.at));
  flag(app, "--control-token",
       app.add_option("--control-token", config.serve.control_token, "token of its control API"));
  app.add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
}

void trigger_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  app.add_option("PROVIDER", config.what, "the provider whose webhook it is")->required();
  app.add_option("EVENT", config.event, "what it tells of")
      ->required()
      ->check(one_of({"completed", "failed", "moderated", "nsfw"}));
  app.add_option("--to", config.to, "where it goes")->required()->check(http_address());
  app.add_option("--prompt", config.prompt, "of the task")->default_str(config.prompt);
  app.add_option("--then", config.then,
                 "what else shall happen, as in a prompt's [[...]]: webhook: bad_signature");
  app.add_option("--secret", config.secret,
                 "what the receiver shares with the provider, where it is sent along");
  key_flag(app, config);
  app.add_option("--at", config.url,
                 "an emulator that runs, where links of the webhook stay good; else one of its own")
      ->check(http_address());
  flag(app, "--control-token",
       app.add_option("--control-token", serve.control_token, "token of its control API"));
  app.add_option("--contract", serve.contracts,
                 "contract files, for keys and schedules of your own");
  flag(app, "--webhooks",
       app.add_option("--webhooks", serve.webhooks, "where it may go, without --at")
           ->check(one_of({"local", "any"}))
           ->default_str(serve.webhooks));
  flag(app, "--webhook-ca",
       app.add_option("--webhook-ca", serve.webhook_ca,
                      "PEM file of certificates that an https receiver may have"));
  app.add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
}

void compare_flags(CLI::App& app, Config& config) {
  CompareConfig& compare = config.compare;
  app.add_option("FILE", config.files,
                 "HAR files, cassettes of VCR.py (YAML or JSON), fixtures; - is stdin")
      ->required();
  app.add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
  app.add_option(
         "--ignore", compare.ignore,
         "differences not to tell: a class (order), a glob over paths (/timings/*), or both "
         "(value:/cost); may be given several times")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(check("CLASS|PATH|CLASS:PATH", compare::ignored_problem));
  app.add_option("--fixtures", compare.fixtures,
                 "folder to write fixtures into, with keys, texts and pictures replaced");
  app.add_option("--scenario", compare.scenario,
                 "file to write a scenario to that does what was recorded");
  app.add_option("--contract", config.serve.contracts, "contract files to compare against");
  size_flag(app, "--max-file", compare.max_file, 1'024, 1ull << 30,
            "bytes of a cassette in YAML or a fixture, which is read whole; a HAR may be larger");
  size_flag(app, "--max-exchange", compare.max_exchange, 1'024, 1ull << 30,
            "bytes of one exchange, and of its body decompressed; larger ones are left out");
  count_flag(app, "--max-exchanges", compare.max_exchanges, 1, 10'000'000,
             "exchanges with providers compared, of each file");
  size_flag(app, "--max-kept", compare.max_kept, 1'024, 64ull << 30,
            "bytes of one file's exchanges kept while they are compared; pictures count by their "
            "sizes alone");
  app.footer(
      "The code is 0 when nothing differs, 7 when something does, 2 when a file cannot be read\n"
      "whole and nothing differs in the rest.");
}

void record_flags(CLI::App& app, Config& config, ServeConfig& serve) {
  flag(app, "--allow-real",
       app.add_flag("--allow-real", config.record.allow_real,
                    "let the requests go to the real providers, which costs money"));
  flag(app, "--out",
       app.add_option("--out", config.record.out,
                      "file to write the recording to, a HAR with keys masked; none is replaced")
           ->default_str(config.record.out));
  size_flag(app, "--max-exchange", config.record.max_exchange, 1'024, 4ull << 30,
            "bytes of one answer; in place of a larger one the command gets a 502 that says so");
  count_flag(app, "--answer-time", config.record.answer_time, 1, 86'400,
             "seconds that a provider may take for one answer");
  ca_dir_flag(app, serve);
  app.footer(
      "-- COMMAND...: what to run, after all options. The code is the command's, or 2 when it was\n"
      "0 and the recording could not be written.");
}

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
  lifetime_flags(*serve, config.serve);

  ServeConfig for_run = config.serve;
  for_run.port = 0;
  for_run.log = "off";
  for_run.announce = false;
  for_run.proxy_others = "pass";
  CLI::App* run = app.add_subcommand(
      "run", "serve on a free port while a command runs, with SDKs pointed here");
  run_flags(*run, config, for_run);

  ServeConfig for_hunt = for_run;
  CLI::App* hunt = app.add_subcommand(
      "hunt", "find what breaks a command: it runs once for each outcome that it can meet");
  hunt_flags(*hunt, config, for_hunt);

  ServeConfig for_env = config.serve;
  CLI::App* env = app.add_subcommand("env", "print what to set so that SDKs come to a server");
  env_flags(*env, config, for_env);

  ServeConfig for_ca = config.serve;
  CLI::App* ca = app.add_subcommand(
      "ca", "print the certificate that makes HTTPS here trusted; made at its first use");
  ca_dir_flag(*ca, for_ca);
  ca->add_option("--bundle", config.bundle, "write it to this file, behind the system's");
  ca->add_option("--pkcs12", config.pkcs12,
                 "write both as a trust store for Java, with the password changeit");
  ca->add_flag("--path", config.path, "print where it lies instead");

  CLI::App* check_files = app.add_subcommand("check", "read scenario files and list every problem");
  check_files->add_option("FILE", config.files, "scenario files; - is stdin")->required();
  check_files->add_option("--format", config.format, "how to print")
      ->check(one_of({"human", "json"}))
      ->default_str("human");
  check_files->add_option("--contract", config.serve.contracts, "contract files to check against");

  CLI::App* compare_files = app.add_subcommand(
      "compare", "answer recorded requests here, and tell what differs from the recording");
  compare_flags(*compare_files, config);

  ServeConfig for_record = for_run;
  CLI::App* record = app.add_subcommand(
      "record", "run a command against the real providers, and write down what they answer");
  record_flags(*record, config, for_record);

  CLI::App* list = app.add_subcommand("list", "print what there is");
  list->add_option(
          "WHAT", config.what,
          "providers, endpoints, scenarios, outcomes, refusals, findings, coverage, the words of "
          "scenarios, or the webhooks of an emulator that runs")
      ->required()
      ->check(one_of({"providers", "endpoints", "scenarios", "outcomes", "refusals", "findings",
                      "coverage", "words", "webhooks"}));
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

  CLI::App* tail = app.add_subcommand("tail", "print what happens in a sandbox, as it happens");
  tail->add_option("SANDBOX", config.sandbox, "its name: the API key before any colon")
      ->default_str(config.sandbox);
  tail->add_option("--kind", config.kinds,
                   "only these, with commas: request, held, task, clock, reset, scenario, webhook");
  asking_flags(*tail, config);
  CLI::App* trigger =
      app.add_subcommand("trigger", "send one webhook of a provider, signed, without an app");
  ServeConfig for_trigger = config.serve;
  trigger_flags(*trigger, config, for_trigger);

  CLI::App* schema = app.add_subcommand("schema", "print the JSON Schema of scenario files");
  CLI::App* show = app.add_subcommand("show", "print a built-in scenario");
  show->add_option("NAME", config.what, "as `list scenarios` has it")->required();
  CLI::App* init = app.add_subcommand(
      "init", "write a commented scenario file to begin with, and the schema it is edited by");
  init->add_option("NAME", config.what, "of the scenario, or a path that ends in .yaml")
      ->default_str("scenario");
  CLI::App* show_version = app.add_subcommand("version", "print the version");
  bool licences = false;
  show_version->add_flag("--licences,--licenses", licences,
                         "print the licences of what is linked in");
  // For those who make packages; no description keeps them out of the list of commands.
  std::string shell;
  CLI::App* complete = app.add_subcommand("completions", "")->group("");
  complete->add_option("SHELL", shell)->required()->check(one_of({"bash", "zsh", "fish"}));
  CLI::App* man = app.add_subcommand("man", "")->group("");

  // A list of all options wants the limits, too.
  make_readable(app, std::any_of(argv, argv + argc, [](const char* word) {
                  const std::string_view text = word;
                  return text == "--help-all" || text == "completions" || text == "man";
                }));
  try {
    app.parse(own_arguments(argc, argv, config.command_line), argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    if (code == 0) return Failure{EarlyExit{0, out.str()}};
    std::string line =
        misspelt(commands_of(app), own_arguments(argc, argv, config.command_line), argv);
    // Not by its name: that is the command's own where something is too much.
    const int kind = error.get_exit_code();
    const bool unexpected = kind == static_cast<int>(CLI::ExitCodes::ExtrasError) ||
                            kind == static_cast<int>(CLI::ExitCodes::RequiredError);
    const std::string first = argc > 1 ? argv[1] : "";
    const bool extra = kind == static_cast<int>(CLI::ExitCodes::ExtrasError);
    if (line.empty() && extra && (first == "run" || first == "hunt"))
      line = first + " wants its command behind --, as in: " + first + " -- npm test";
    if (line.empty() || !unexpected) line = error.what();
    std::replace(line.begin(), line.end(), '\n', ' ');
    return Failure{EarlyExit{2, "provider-emulator: " + line + " (see --help)\n"}};
  }
  if (complete->parsed()) return Failure{EarlyExit{0, completions(app, shell).value_or("")}};
  if (licences) {
    std::string text = "provider-emulator " + version() + "\n\n";
    return Failure{EarlyExit{0, text.append(third_party_notices())}};
  }
  if (man->parsed()) return Failure{EarlyExit{0, man_page(app, version())}};
  if (serve->parsed()) config.command = Config::Command::kServe;
  if (run->parsed()) {
    if (config.command_line.empty())
      return Failure{EarlyExit{
          2, "provider-emulator: run wants a command behind --, as in: run -- npm test\n"}};
    config.command = Config::Command::kRun;
    config.serve = std::move(for_run);
    config.serve.welcome_key = config.key;
    // `run` is for a while; but who names a folder means that one.
    config.serve.ca_in_memory = config.serve.ca_dir.empty();
  }
  if (hunt->parsed()) {
    if (config.command_line.empty())
      return Failure{EarlyExit{
          2, "provider-emulator: hunt wants a command behind --, as in: hunt -- npm test\n"}};
    config.command = Config::Command::kHunt;
    config.serve = std::move(for_hunt);
    config.hunt.passed = passed_on(own_arguments(argc, argv, config.command_line), argv);
  }
  if (env->parsed()) {
    config.command = Config::Command::kEnv;
    config.serve = std::move(for_env);
    if (config.format == "human") config.format = "sh";
  }
  if (ca->parsed()) {
    config.command = Config::Command::kCa;
    config.serve = std::move(for_ca);
  }
  if (check_files->parsed()) config.command = Config::Command::kCheck;
  if (compare_files->parsed()) config.command = Config::Command::kCompare;
  if (record->parsed()) {
    if (config.command_line.empty())
      return Failure{EarlyExit{
          2, "provider-emulator: record wants a command behind --, as in: record -- npm test\n"}};
    config.command = Config::Command::kRecord;
    config.serve = std::move(for_record);
    config.serve.ca_in_memory = config.serve.ca_dir.empty();
  }
  if (list->parsed()) config.command = Config::Command::kList;
  if (tail->parsed()) config.command = Config::Command::kTail;
  if (trigger->parsed()) {
    config.command = Config::Command::kTrigger;
    config.serve = std::move(for_trigger);
  }
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
