#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"

// What a contract says of the programs around a provider: its clients, who prove to it, receivers.
// Part of document 1.
namespace emulator::contract {

// An environment variable that leads clients to the emulator. Its text may hold `{url}` (the
// emulator's address, without a slash at the end), `{key}` (the key clients shall use), and the two
// halves of a key `id:secret`, `{key_id}` and `{key_secret}` (`secret` for a key without one).
struct SdkVariable {
  std::string name;
  std::string text;
  bool intercepted = true;  // also set where requests to the real hosts come here by themselves
};

// How the provider's SDKs are pointed to the emulator.
struct Sdk {
  std::vector<SdkVariable> variables;
  std::vector<std::string> hints;  // SDKs that read no address from the environment, a line each
};

// Times that were seen at the real provider, under a name that `queue` and `run` of scenarios take.
struct Profile {
  struct Range {
    Duration low{}, high{};  // equal for a single time
  };
  std::string name;
  std::optional<Range> queue, run;     // not set where nobody has published a figure
  std::string source;                  // which records, how many, of when
  std::vector<std::string> endpoints;  // globs: those it was seen at; the longest that fits counts
};

// A header that names the address a request was meant for, as clients of a proxy send it.
struct TargetHeader {
  enum class Holds : bool { kUrl, kHost };
  std::string name;
  Holds holds = Holds::kUrl;
  // For kHost: what may stand before the target's path, taken off where at least that many segments
  // are left behind it.
  std::string base;
  std::size_t segments = 0;
};

// A submission that asks for a webhook, as an app sends it. Texts may hold `{to}` (the receiver's
// address, percent-encoded in `post`), `{prompt}`, `{key}` and its halves, and `{secret}` (what the
// receiver shares with the provider; a member that is nothing but an empty one is left out).
struct Trigger {
  std::string post;  // path and query below the emulator's address
  std::vector<std::pair<std::string, std::string>> headers;
  Json body;
};

}  // namespace emulator::contract
