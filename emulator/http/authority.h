#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emulator::http {

// The host of `host[:port]` as it compares: lower case, without the dot of a full name, IPv6
// without brackets. nullopt for what no client sends, such as `localhost:x@example.com`.
std::optional<std::string> host_of(std::string_view authority);

// Where a server is reached.
struct HostPort {
  std::string host;  // as `host_of` gives it
  std::uint16_t port = 0;

  std::string text() const;  // HOST:PORT, IPv6 in brackets
};
// Reads `host[:port]`; where none is written the port is `usual`, 0 for none. nullopt for what
// names no host, or no port from 1 to 65535.
std::optional<HostPort> host_and_port(std::string_view authority, std::uint16_t usual = 0);

// Whether a host (a name, or an address, IPv6 with or without brackets) can only mean this machine:
// a loopback address as it is written, or a name of the zone `localhost`, which nobody else can
// point anywhere (RFC 6761, 6.3).
bool is_this_machine(std::string_view host);

// Whether a host, as `host_of` gives it, is an IP address however it is written.
bool is_address(std::string_view host);

// Where a page comes from, as browsers say it in `Origin` (RFC 6454).
struct WebOrigin {
  std::string scheme, host;  // lower case, IPv6 without brackets
  std::uint16_t port = 0;    // the scheme's own where none is written
  bool operator==(const WebOrigin&) const = default;
};

// The origin of an address with a scheme, path and the like left aside. nullopt for `null` and
// whatever else names no host, or a scheme other than http and https.
std::optional<WebOrigin> parse_origin(std::string_view url);

}  // namespace emulator::http
