#include "emulator/pipeline/visitors.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/http/authority.h"
#include "emulator/pipeline/router.h"

namespace emulator {
namespace {

constexpr std::string_view kEvery = "*";
// Nobody can register a name below these (RFC 6761, RFC 6762, ICANN 2024 for `internal`).
constexpr std::string_view kNobodys[] = {".localhost", ".local", ".internal", ".test"};

// Why a name cannot stand in a pattern; "" when it can.
std::string name_problem(std::string_view pattern) {
  std::string_view name = pattern;
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.find_first_of("*/@ ") != std::string_view::npos ||
      http::host_of(name).value_or("").empty())
    return "\"" + std::string(pattern) + "\" is neither NAME nor *.NAME nor *";
  return "";
}

struct OriginPattern {
  std::string_view scheme, host, port;
};

// SCHEME://HOST[:PORT] in its parts.
std::optional<OriginPattern> origin_parts(std::string_view pattern) {
  const auto colon = pattern.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  OriginPattern out{pattern.substr(0, colon), pattern.substr(colon + 3), ""};
  const auto after = out.host.starts_with('[') ? out.host.find(']') : 0;
  const auto port = out.host.find(':', after == std::string_view::npos ? 0 : after);
  if (port != std::string_view::npos) {
    out.port = out.host.substr(port + 1);
    out.host = out.host.substr(0, port);
    if (out.port.empty()) return std::nullopt;
  }
  return out;
}

bool origin_fits(std::string_view pattern, const http::WebOrigin& origin) {
  const auto parts = origin_parts(pattern);
  if (!parts || !http::same_name(parts->scheme, origin.scheme)) return false;
  const std::string own_port = origin.scheme == "https" ? "443" : "80";
  const std::string port = std::to_string(origin.port);
  if (parts->port != kEvery && port != (parts->port.empty() ? own_port : parts->port)) return false;
  if (parts->host.starts_with("*.")) return host_matches(parts->host, origin.host);
  return http::host_of(parts->host) == origin.host;
}

}  // namespace

bool Visitors::is_at_home(std::string_view authority) const {
  const auto host = http::host_of(authority);
  if (!host) return false;
  if (host->find('.') == std::string::npos && host->find(':') == std::string::npos) return true;
  if (http::is_address(*host)) return true;
  if (std::any_of(std::begin(kNobodys), std::end(kNobodys),
                  [&](std::string_view zone) { return host->ends_with(zone); }))
    return true;
  if (http::same_name(options_.host, *host)) return true;
  if (const auto open = http::parse_origin(options_.public_url); open && open->host == *host)
    return true;
  return std::any_of(options_.allow_hosts.begin(), options_.allow_hosts.end(),
                     [&](const std::string& pattern) {
                       return pattern == kEvery || host_matches(pattern, *host);
                     });
}

// The page came from the very address it now asks.
bool Visitors::own_origin(const http::Request& request, std::string_view origin) const {
  const auto from = http::parse_origin(origin);
  if (!from) return false;
  if (from == http::parse_origin(options_.public_url)) return true;
  const bool secure = request.secure || request.headers.get("x-forwarded-proto") == "https";
  const std::string here = (secure ? "https://" : "http://") + std::string(request.host());
  return from == http::parse_origin(here);
}

bool Visitors::allows(std::string_view origin) const {
  const auto from = http::parse_origin(origin);
  return std::any_of(options_.allow_origins.begin(), options_.allow_origins.end(),
                     [&](const std::string& pattern) {
                       return pattern == kEvery || (from && origin_fits(pattern, *from));
                     });
}

std::optional<std::string> Visitors::foreign_page(const http::Request& request) const {
  if (const auto origin = request.headers.get("origin")) {
    if (own_origin(request, *origin) || allows(*origin)) return std::nullopt;
    return valid_utf8(origin->substr(0, 200));
  }
  // Images and scripts are fetched without an Origin.
  const std::string_view site = request.headers.get("sec-fetch-site").value_or("none");
  if (site == "none" || site == "same-origin") return std::nullopt;
  return "another site";
}

bool Visitors::allowed_page(const http::Request& request) const {
  const auto origin = request.headers.get("origin");
  return origin && allows(*origin);
}

bool Visitors::page_asks(const http::Request& request) {
  return request.headers.has("origin") ||
         request.headers.get("sec-fetch-site").value_or("none") != "none";
}

std::string Visitors::host_problem(std::string_view pattern) {
  if (pattern == kEvery) return "";
  if (pattern.find(':') != std::string_view::npos)
    return "\"" + std::string(pattern) + "\": a name stands without scheme and port";
  return name_problem(pattern);
}

std::string Visitors::origin_problem(std::string_view pattern) {
  std::string wrong = "\"" + std::string(pattern) +
                      "\" is no origin such as http://localhost:3000, http://localhost:* or "
                      "https://*.example.com";
  if (pattern == kEvery) return "";
  const auto parts = origin_parts(pattern);
  if (!parts || (parts->scheme != "http" && parts->scheme != "https")) return wrong;
  const bool good_port = parts->port.empty() || parts->port == kEvery ||
                         parts->port.find_first_not_of("0123456789") == std::string_view::npos;
  return good_port && name_problem(parts->host).empty() ? "" : wrong;
}

}  // namespace emulator
