#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/config/serve_config.h"

namespace emulator {

// What `hunt` was asked to do, beside the command it runs.
struct HuntConfig {
  std::string out = "hunt";                    // the folder of its reports
  Duration budget = std::chrono::minutes(10);  // for all of it, by the wall
  std::uint64_t jobs = 2;                      // trials at once
  std::string only;                            // names of outcomes, with commas; "" for all
  std::vector<std::string> passed;             // words of the line that are flags of `run`
  bool bar = false;                            // stderr is a terminal
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
  // Some providers answer only once a picture is made.
  std::chrono::seconds answer_time{900};
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
