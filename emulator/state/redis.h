#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/state/claims.h"
#include "emulator/state/engine.h"
#include "emulator/state/redis_link.h"

namespace emulator::state {

struct RedisOptions {
  RedisAddress address;
  std::vector<std::string> providers;  // by number: what is kept refers to them so
  std::uint64_t seed = 0;              // of sandboxes to come, where nothing is kept yet
  std::string secret;                  // that emulators show each other, where there is none yet
  Duration life = std::chrono::seconds(2);      // of an emulator nobody hears of, before it is gone
  Duration patience = std::chrono::seconds(2);  // for Redis, each time it is waited for
};

// State in a Redis, under names of ours that begin with the address's prefix: an engine that is
// shared, and whose each sandbox is.
struct RedisStore {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Claims> claims;
};

// Opens it: the names are made ours where they are free. The failure is one line that says what is
// wrong and what to do; what is there is then as it was. On any thread.
Result<RedisStore, std::string> open_redis(RedisOptions options);

}  // namespace emulator::state
