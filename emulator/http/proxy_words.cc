#include "emulator/http/proxy_words.h"

namespace emulator::http {
namespace {

// Of a proxy's answer, which is its head.
constexpr std::size_t kMostAnswer = 16u << 10;

}  // namespace

std::string authority_of(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string tunnel_request(const std::string& host, std::uint16_t port,
                           const std::string& authorization) {
  const std::string to = authority_of(host, port);
  std::string out = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n";
  if (!authorization.empty()) out += "Proxy-Authorization: " + authorization + "\r\n";
  return out + "\r\n";
}

std::optional<ProxyAnswer> proxy_answer(std::string_view so_far) {
  const auto end = so_far.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (so_far.size() <= kMostAnswer) return std::nullopt;
    return ProxyAnswer{"the proxy before gave an answer without end", ""};
  }
  const std::string line(so_far.substr(0, so_far.find("\r\n")));
  const bool good = line.starts_with("HTTP/1.") && line.size() > 9 && line[9] == '2';
  if (!good) return ProxyAnswer{"the proxy before answered " + line.substr(0, 100), ""};
  return ProxyAnswer{"", std::string(so_far.substr(end + 4))};
}

}  // namespace emulator::http
