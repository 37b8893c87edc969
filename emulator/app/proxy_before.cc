#include "emulator/app/proxy_before.h"

#include <algorithm>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/http/authority.h"
#include "emulator/http/message.h"
#include "emulator/tls/names.h"

namespace emulator {
namespace {

std::vector<std::string> entries_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(", "), list.size());
    if (end != 0) out.push_back(lower_case(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

std::optional<ProxyBefore::Place> place_of(const std::string& url) {
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (lower_case(rest.substr(0, scheme)) != "http") return std::nullopt;
    rest.remove_prefix(scheme + 3);
  }
  ProxyBefore::Place out;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    out.authorization = "Basic " + base64(http::percent_decoded(rest.substr(0, at)));
    rest.remove_prefix(at + 1);
  }
  const auto origin = http::parse_origin("http://" + std::string(rest));
  if (!origin) return std::nullopt;
  out.host = origin->host;
  out.port = origin->port;
  return out;
}

}  // namespace

bool spares(std::string_view entry, std::string_view host) {
  if (entry == "*") return true;
  if (entry.starts_with('*')) entry.remove_prefix(1);
  while (entry.starts_with('.')) entry.remove_prefix(1);
  // A port; an IPv6 address has more colons than one.
  const auto colon = entry.rfind(':');
  if (colon != std::string_view::npos && entry.find(':') == colon) entry = entry.substr(0, colon);
  return !entry.empty() && tls::is_within(host, entry);
}

const ProxyBefore::Place* ProxyBefore::on_the_way(std::string_view host, bool for_secure) const {
  if (http::is_this_machine(host)) return nullptr;
  for (const std::string& entry : spared)
    if (spares(entry, host)) return nullptr;
  const auto& place = for_secure ? secure : plain;
  return place ? &*place : nullptr;
}

ProxyBefore proxy_before(const std::string& https, const std::string& http,
                         const std::string& no_proxy, std::vector<std::string>& left_out) {
  ProxyBefore out;
  const auto take = [&left_out](const std::string& url, std::optional<ProxyBefore::Place>& place) {
    if (url.empty()) return;
    place = place_of(url);
    if (!place && std::find(left_out.begin(), left_out.end(), url) == left_out.end())
      left_out.push_back(url);
  };
  take(https, out.secure);
  take(http, out.plain);
  out.spared = entries_of(no_proxy);
  return out;
}

std::string no_proxy_for(const std::string& before, const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& entry : entries_of(before)) {
    const bool covers = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
      // Of a pattern any host will do: what is below the same domain.
      std::string name = host;
      std::replace(name.begin(), name.end(), '*', 'x');
      return spares(entry, name);
    });
    if (!covers && entry != "localhost" && entry != "127.0.0.1" && entry != "::1")
      out += entry + ",";
  }
  return out + "127.0.0.1,localhost,::1";
}

}  // namespace emulator
