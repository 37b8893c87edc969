#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// The proxy that the environment named before ours took its place: what we pass on goes by it, but
// for hosts that were to be spared it. A plain value.
struct ProxyBefore {
  struct Place {
    std::string host;
    std::uint16_t port = 0;
    std::string authorization;  // the value of `Proxy-Authorization`; "" for none
  };
  std::optional<Place> secure;  // for https
  std::optional<Place> plain;   // for http
  std::vector<std::string> spared;

  // The proxy on the way to a host; null for none.
  const Place* on_the_way(std::string_view host, bool for_secure) const;
};

// What the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY said; "" for unset. A proxy that is asked
// in another way than HTTP (socks5://, https://) is left out, and named in `left_out`.
ProxyBefore proxy_before(const std::string& https, const std::string& http,
                         const std::string& no_proxy, std::vector<std::string>& left_out);

// Whether an entry of NO_PROXY covers a host: "*", the host itself, or a domain it lies below, with
// or without a dot in front; a port behind it is left aside.
bool spares(std::string_view entry, std::string_view host);

// A NO_PROXY without the entries that cover one of `hosts` (patterns among them), and with this
// machine.
std::string no_proxy_for(const std::string& before, const std::vector<std::string>& hosts);

}  // namespace emulator
