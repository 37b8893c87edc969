#pragma once

#include "emulator/config/flags.h"
#include "emulator/config/serve_config.h"

namespace emulator {

// What `serve`, `run` and `hunt` have in common. The order is that of help and of the man page.
void serve_flags(Flags& flags, ServeConfig& serve);
// When a server that nobody stops ends by itself.
void lifetime_flags(Flags& flags, LifetimeOptions& lifetime);
void ca_dir_flag(Flags& flags, ReachOptions& reach);

// Bounds of everything that can grow, and of the time that things may take.
void limit_flags(Flags& flags, ServeConfig& serve);

// Where webhooks may go: local, any, off.
Flag webhooks_flag(Flags& flags, webhook::Policy& policy, const std::string& about);

}  // namespace emulator
