#pragma once

#include <string>
#include <vector>

#include "emulator/app.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/config/config.h"

namespace emulator {

// The commands of the binary, a file each. Each prints through `surroundings` and returns the exit
// code.

// `-` among the files is stdin.
int check_command(const Config& config, const Surroundings& surroundings);
// `list webhooks`: asks an emulator that runs, which must answer within 10 s.
int list_webhooks(const Config& config, const Surroundings& surroundings);
int list_command(const Config& config, const Surroundings& surroundings);
// A built-in scenario's text.
int show_command(const Config& config, const Surroundings& surroundings);
// Writes a commented scenario file and its JSON Schema; what is there stays as it is.
int init_command(const Config& config, const Surroundings& surroundings);
// Prints the events of a sandbox of an emulator that runs, until it ends (0) or is interrupted.
int tail_command(const Config& config, const Surroundings& surroundings);
// Has a provider's webhook sent to an address, and prints it. 1 when the receiver did not take it.
int trigger_command(const Config& config, const Surroundings& surroundings);
int schema_command(const Surroundings& surroundings);
// The CA's certificate on stdout, or in the files that were named.
int ca_command(const Config& config, const Surroundings& surroundings);
int env_command(const Config& config, const Surroundings& surroundings);

// Serves while a command runs. The code is the command's where it is not 0 (128+n for signal n, 127
// not found, 126 not to be executed), else 3 when the scenario expected otherwise, 2 when there was
// no emulator or no report. To be called before there is any other thread.
int run_command(const Config& config, Surroundings surroundings);

// The text that `env` prints of these variables, in one of its formats, with hints as comments.
std::string environment_text(const std::vector<Variable>& variables,
                             const std::vector<std::string>& hints, const std::string& format);
// Runs a command in fair weather, then once for each outcome it can meet, and tells what breaks it.
// 0; 6 when something does; 2 when there is nothing to hunt; 126 and 127 as `run`; 130 when it was
// broken off before it found anything. To be called before there is any other thread.
int hunt_command(const Config& config, const Surroundings& surroundings);

// Answers recorded requests itself and tells what differs: 0, 7 when something does, 2 when a file
// cannot be read, or not whole, and nothing differs.
int compare_command(const Config& config, const Surroundings& surroundings);

// Runs a command whose requests to providers are passed on to them and written down. The code is
// the command's, or 2 when nothing was started or the recording could not be written. To be called
// before there is any other thread.
int record_command(const Config& config, const Surroundings& surroundings);

}  // namespace emulator
