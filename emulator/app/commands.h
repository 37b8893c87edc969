#pragma once

#include <string>

#include "emulator/app.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/config.h"

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
int schema_command(const Surroundings& surroundings);
int env_command(const Config& config, const Surroundings& surroundings);

// Serves while a command runs. The code is the command's where it is not 0 (128+n for signal n, 127
// not found, 126 not to be executed), else 3 when the scenario expected otherwise, 2 when there was
// no emulator or no report. To be called before there is any other thread.
int run_command(const Config& config, Surroundings surroundings);

// The text that `env` prints, in one of its formats.
std::string environment_text(const Place& place, const std::string& format);

}  // namespace emulator
