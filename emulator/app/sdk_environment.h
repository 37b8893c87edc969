#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/pipeline/registry.h"

namespace emulator {

// Where an emulator is, and the key its clients shall use.
struct ServerAccess {
  std::string url;            // "http://127.0.0.1:4242", no slash at the end
  std::string key = "run";    // API key, and so the sandbox's name; `id` or `id:secret`
  std::string control_token;  // "" : none is asked for
};

struct Variable {
  std::string name, value;
};

// What to set so that SDKs that can be pointed by environment come to the emulator, and that the
// others do not go elsewhere with a true key: the emulator's own, an EMULATOR_<PROVIDER>_URL for
// each provider with a prefix of its name, and what the contracts have under `sdk`. `intercepted`:
// requests to the real hosts come here by themselves.
std::vector<Variable> sdk_environment(const ServerAccess& access, const Registry& registry,
                                      bool intercepted = false);

// How SDKs are pointed that read no address from the environment: a line each, no newlines.
std::vector<std::string> sdk_hints(const Registry& registry);

// The words `key`, `key_id` and `key_secret` of a contract's texts; a key without a secret has the
// secret `secret`.
std::vector<std::pair<std::string_view, std::string>> key_words(const std::string& key);

// A text of a contract with its `{word}`s filled in; others stay as they are.
std::string with_words(std::string_view text,
                       const std::vector<std::pair<std::string_view, std::string>>& words);

// The address clients on this machine reach a server by that listens on `host`, which may be a
// name, an IPv4 or IPv6 address, or one that stands for all of the machine's (0.0.0.0, ::).
std::string local_url(const std::string& host, std::uint16_t port);

}  // namespace emulator
