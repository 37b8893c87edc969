#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace emulator {

// Where an emulator is, and the key its clients shall use.
struct Place {
  std::string url;            // "http://127.0.0.1:4242", no slash at the end
  std::string key = "run";    // API key, and so the sandbox's name; for fal `id` or `id:secret`
  std::string control_token;  // "" : none is asked for
};

struct Variable {
  std::string name, value;
};

// What to set so that SDKs that can be pointed by environment come to the emulator, and that the
// others do not go elsewhere with a true key.
std::vector<Variable> sdk_environment(const Place& place);

// How SDKs are pointed that read no address from the environment: a line each, no newlines.
std::vector<std::string> sdk_hints();

// The address clients on this machine reach a server by that listens on `host`, which may be a
// name, an IPv4 or IPv6 address, or one that stands for all of the machine's (0.0.0.0, ::).
std::string local_url(const std::string& host, std::uint16_t port);

}  // namespace emulator
