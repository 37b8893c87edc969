#include "emulator/http/authority.h"

#include <charconv>

#include "emulator/base/text.h"
#include "emulator/http/address.h"

namespace emulator::http {
namespace {

// Splits `host[:port]`; false when it has not that form. The port is "" where none is written.
bool split_authority(std::string_view authority, std::string_view& host, std::string_view& port) {
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    host = authority.substr(1, close - 1);
    // Nothing else stands in brackets (RFC 3986, 3.2.2).
    if (host.find(':') == std::string_view::npos || !parse_address(host)) return false;
    authority.remove_prefix(close + 1);
  } else {
    host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(host.size());
  }
  if (authority.empty()) return true;
  port = authority.substr(1);
  return authority.front() == ':' && port.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> host_of(std::string_view authority) {
  std::string_view host, port;
  if (!split_authority(authority, host, port)) return std::nullopt;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.ends_with('.')) return std::nullopt;  // one says that the name is whole, two say nothing
  return lower_case(host);
}

std::string HostPort::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostPort> host_and_port(std::string_view authority, std::uint16_t usual) {
  auto name = host_of(authority);
  std::string_view host, port;
  if (!name || name->empty() || name->find_first_of(" \t\r\n/@\\\"") != std::string::npos ||
      !split_authority(authority, host, port))
    return std::nullopt;
  HostPort out{std::move(*name), usual};
  if (!port.empty() || authority.ends_with(':')) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  }
  if (out.port == 0) return std::nullopt;
  return out;
}

bool is_this_machine(std::string_view host) {
  std::string name = lower_case(host);
  if (name.ends_with('.')) name.pop_back();
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto written = parse_address(name);
  if (!written) return false;
  const Address address = unmapped(*written);
  if (!address.v6) return address.bytes[0] == 127;
  Address loopback{true, {}};
  loopback.bytes[15] = 1;
  return address.bytes == loopback.bytes;
}

bool is_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return parse_address(host).has_value();
  // No name of the public tree ends in digits alone.
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<WebOrigin> parse_origin(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  WebOrigin out;
  out.scheme = lower_case(url.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https") return std::nullopt;
  url.remove_prefix(colon + 3);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  auto place = host_and_port(authority, out.scheme == "https" ? 443 : 80);
  if (!place) return std::nullopt;
  out.host = std::move(place->host);
  out.port = place->port;
  return out;
}

}  // namespace emulator::http
