#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/config/serve_config.h"
#include "emulator/state/claims.h"
#include "emulator/state/engine.h"

namespace emulator {

// What `--state` names, opened. Both are null with none; claims are there when several emulators
// may keep theirs in it.
struct OpenStore {
  std::unique_ptr<state::Engine> engine;
  std::unique_ptr<state::Claims> claims;
};

// `providers` by number; `seed` of sandboxes to come and `secret` of a fleet count where nothing is
// kept yet. The failure is one line.
Result<OpenStore, std::string> open_store(const ServeConfig& config,
                                          std::vector<std::string> providers, std::uint64_t seed,
                                          const std::string& secret);

// Where the others reach an emulator that listens on `port`, as HOST:PORT. The failure is one line.
Result<std::string, std::string> peer_address(const ServeConfig& config, std::uint16_t port);

}  // namespace emulator
