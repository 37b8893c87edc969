#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace emulator {

// What `serve` or `run` was asked to do. Defaults and ranges are printed by --help.
struct ServeConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 4242;
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
  std::string welcome_key;  // no flag: let in whatever --auth says; "" for none
  bool announce = true;     // no flag: say address and drawn values once it listens
  bool strict_models = false;
  bool no_prompt_directives = false;
  std::string webhooks = "local";
  std::string webhook_ca;

  std::uint64_t max_sandboxes = 10'000;
  std::uint64_t max_tasks = 1'000'000;
  std::uint64_t max_journal = 10'000;
  std::uint64_t max_journal_bytes = 64u << 20;
  std::uint64_t max_journals_bytes = 512u << 20;
  std::uint64_t max_waits = 1'000;
  std::uint64_t max_event_streams = 100;
  std::uint64_t max_event_backlog = 1u << 20;
  std::uint64_t max_notes = 10'000;
  std::uint64_t max_fired = 100'000;
  std::uint64_t max_names = 100'000;
  std::uint64_t max_body = 128u << 20;  // clients of fal upload up to 100 MB in one piece
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
  std::uint64_t max_inbox = 10'000;
  std::uint64_t max_inbox_bytes = 64u << 20;
};

struct Config {
  enum class Command { kServe, kRun, kCheck, kEnv, kList, kSchema, kShow, kInit, kVersion };
  Command command = Command::kServe;
  ServeConfig serve;                         // env: only host, port and control token
  std::vector<std::string> command_line;     // run
  std::string report;                        // run: a file for JUnit XML; "" for none
  std::string key = "run";                   // run, env: the key SDKs are given
  std::string url;                           // env: instead of host and port
  std::vector<std::string> files;            // check
  std::string what;                          // list; show, init: the scenario
  std::string format = "human";              // check, list: human or json; env: sh, dotenv or json
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
