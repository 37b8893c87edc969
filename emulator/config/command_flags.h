#pragma once

#include "emulator/config/config.h"
#include "emulator/config/flags.h"

// The flags and arguments of each command, in the order of help. `serve` is what a command's own
// server, or the one it asks, is to be.
namespace emulator {

void run_flags(Flags& flags, Config& config, ServeConfig& serve);
void hunt_flags(Flags& flags, Config& config, ServeConfig& serve);
void env_flags(Flags& flags, Config& config, ServeConfig& serve);
void ca_flags(Flags& flags, Config& config, ServeConfig& serve);
void check_flags(Flags& flags, Config& config);
void compare_flags(Flags& flags, Config& config);
void record_flags(Flags& flags, RecordConfig& record, ServeConfig& serve);
void list_flags(Flags& flags, Config& config);
void tail_flags(Flags& flags, Config& config);
void trigger_flags(Flags& flags, Config& config, ServeConfig& serve);

}  // namespace emulator
