#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a proxy is asked when it shall join somebody, and what it answers.
namespace emulator::http {

// A proxy on the way. A plain value.
struct Via {
  std::string host;  // a name or an address; IPv6 in brackets or without
  std::uint16_t port = 0;
  std::string authorization;  // the value of `Proxy-Authorization`; "": none
};

// "example.com:443", IPv6 in brackets.
std::string authority_of(const std::string& host, std::uint16_t port);

// The whole request for a tunnel to `host`.
std::string tunnel_request(const std::string& host, std::uint16_t port,
                           const std::string& authorization);

struct ProxyAnswer {
  std::string problem;  // "" when the tunnel is there
  std::string came;     // through it already
};
// What the bytes that came so far say; nullopt when more must come.
std::optional<ProxyAnswer> proxy_answer(std::string_view so_far);

}  // namespace emulator::http
