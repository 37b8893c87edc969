#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace emulator {

// What `serve` or `run` was asked to do. Defaults and ranges are printed by --help.
struct ServeConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4242;
  std::vector<std::uint16_t> more_ports;  // where --port was given several times
  std::string port_file;
  std::string unix_socket;
  std::string scenario = "default";  // a built-in name, or a file
  std::vector<std::string> contracts;
  std::uint64_t seed = 0;
  bool seed_given = false;
  std::string clock = "wall";
  std::string public_url;
  std::string auth = "any";  // any, format, or a key file
  std::string control_token;
  std::string log = "human";
  std::string state = "none";         // or a file
  std::uint64_t state_wait = 50;      // milliseconds
  std::uint64_t state_retry = 1'000;  // milliseconds
  std::uint64_t max_state_batch = 4u << 20;
  std::string page = "on";        // on, read-only, off
  std::string welcome_key;        // no flag: let in whatever --auth says; "" for none
  bool announce = true;           // no flag: say address and drawn values once it listens
  bool exit_with_parent = false;  // serve only, as the next two
  std::uint64_t exit_with = 0;    // a process id; 0 for none
  Duration idle_exit{};           // of wall time; 0 for never
  bool strict_models = false;
  bool no_prompt_directives = false;
  std::vector<std::string> allow_origins;  // pages that may do what only our own may
  std::vector<std::string> allow_hosts;    // names that are ours on provider paths
  std::string captions = "on";
  std::string webhooks = "local";
  std::string webhook_ca;
  std::string ca_dir;  // "" : where the system keeps data of its user
  std::string tls_cert, tls_key;
  std::string proxy_others = "refuse";  // refuse, pass, or globs of hosts, with commas
  // No flags: a CA that is not kept, and the proxy the environment named before.
  bool ca_in_memory = false;
  std::string https_proxy_before, http_proxy_before, no_proxy_before;

  std::uint64_t max_sandboxes = 10'000;
  std::uint64_t max_tasks = 1'000'000;
  std::uint64_t max_journal = 10'000;
  std::uint64_t max_journal_bytes = 64u << 20;
  std::uint64_t max_journals_bytes = 512u << 20;
  std::uint64_t max_waits = 1'000;
  std::uint64_t max_event_streams = 100;
  std::uint64_t max_event_backlog = 1u << 20;
  std::uint64_t max_notes = 10'000;
  std::uint64_t max_fired = 10'000;
  std::uint64_t max_names = 100'000;
  std::uint64_t max_findings = 1'000;
  std::uint64_t max_watched = 10'000;
  std::uint64_t max_memory = 1ull << 30;
  std::uint64_t max_body = 128u << 20;  // clients of fal upload up to 100 MB in one piece
  std::uint64_t max_json_values = 50'000;
  std::uint64_t max_json_members = 10'000;
  std::uint64_t long_turn = 50;  // milliseconds
  std::uint64_t max_picture_pixels = 20'000'000;
  std::uint64_t max_known_pictures = 10'000;
  std::uint64_t max_scenario = 1u << 20;
  std::uint64_t max_scenario_patterns = 4u << 20;
  std::uint64_t max_header = 64u << 10;
  std::uint64_t max_connections = 20'000;
  std::uint64_t max_picture_file = 64u << 20;
  std::uint64_t max_upload_memory = 64u << 20;
  std::uint64_t max_uploads = 2ull << 30;
  std::uint64_t max_upload_files = 100'000;
  std::uint64_t max_webhooks = 100'000;
  std::uint64_t max_webhook_records = 1'000;
  std::uint64_t max_webhook_bytes = 16u << 20;
  std::uint64_t max_webhook_connections = 256;
  std::uint64_t max_webhook_share = 32;
  std::uint64_t max_webhook_reply = 64u << 10;
  std::uint64_t max_tunnels = 1'000;
  std::uint64_t tunnel_idle = 600;  // seconds, as the three below
  std::uint64_t head_time = 10;
  std::uint64_t body_time = 60;
  std::uint64_t idle_time = 120;
  std::uint64_t max_certificates = 1'000;
  std::uint64_t max_inbox = 10'000;
  std::uint64_t max_inbox_bytes = 64u << 20;
};

// What `hunt` was asked to do, beside the command it runs.
struct HuntConfig {
  std::string out = "hunt";           // the folder of its reports
  std::uint64_t budget_ms = 600'000;  // for all of it
  std::uint64_t jobs = 2;             // trials at once
  std::string only;                   // names of outcomes, with commas; "" for all
  std::vector<std::string> passed;    // words of the line that are flags of `run`
  bool bar = false;                   // stderr is a terminal
};

// What `compare` was asked to do, beside the files and the format.
struct CompareConfig {
  std::vector<std::string> ignore;  // classes, globs over paths, or both
  std::string fixtures;             // a folder to write fixtures into; "" for none
  std::string scenario;             // a file to write a scenario to; "" for none
  std::uint64_t max_file = 64u << 20;
  std::uint64_t max_exchange = 64u << 20;
  std::uint64_t max_exchanges = 100'000;
  std::uint64_t max_kept = 256u << 20;
};

// What `record` was asked to do, beside the command.
struct RecordConfig {
  bool allow_real = false;
  std::string out = "recording.har";
  // Pictures are far smaller, and an answer is held whole until it goes back.
  std::uint64_t max_exchange = 256u << 20;
  std::uint64_t answer_time = 900;  // seconds; some providers answer only once a picture is made
};

struct Config {
  enum class Command {
    kServe,
    kRun,
    kCheck,
    kEnv,
    kList,
    kSchema,
    kShow,
    kInit,
    kCa,
    kTail,
    kTrigger,
    kVersion,
    kHunt,
    kCompare,
    kRecord
  };
  Command command = Command::kServe;
  HuntConfig hunt;
  CompareConfig compare;
  RecordConfig record;
  ServeConfig serve;                      // env: only host, port and control token
  std::vector<std::string> command_line;  // run, hunt, record
  std::string report;                     // run: a file for JUnit XML; "" for none
  std::string sarif;                      // run: a file for SARIF; "" for none
  std::string fail_on = "never";          // run: the least severity that fails, or never
  std::string coverage;                   // run: a file for the outcomes met; "" for none
  double min_coverage = 0;                // run: percent of them below which it fails
  std::string trial_report;               // run, no shown flag: a file for `hunt`; "" for none
  std::string key = "run";                // run, env: the key SDKs are given
  std::string url;                        // env: instead of host and port
  bool intercept = true;                  // run
  bool print_intercept = false;           // env
  std::string bundle, pkcs12;             // ca: files to write
  bool path = false;                      // ca: print where the certificate lies
  std::vector<std::string> files;         // check
  std::string what;                       // list; show, init: the scenario; trigger: the provider
  std::string event;                      // trigger
  std::string to;                         // trigger: where the webhook goes
  std::string then;                       // trigger: what else shall happen, as a scenario says it
  std::string prompt = "a red apple";     // trigger
  std::string secret;                     // trigger: BFL's webhook_secret
  std::string kinds;                      // tail: of events, with commas; "" for all
  std::string format = "human";           // check, list: human or json; env: sh, dotenv or json
  std::string at = "http://127.0.0.1:4242";  // list webhooks: the emulator that is asked
  std::string sandbox = "default";           // and the sandbox of it
};

// What the program ends with before it began: the text for stdout (code 0) or stderr (others).
struct EarlyExit {
  int code = 0;
  std::string text;
};

// Reads the command line and the environment. Every flag has an environment name (EMULATOR_PORT for
// --port). The failure is `--help` or one clear line.
Result<Config, EarlyExit> read_config(int argc, const char* const* argv);

std::string version();

}  // namespace emulator
