#include "emulator/control/access.h"

#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/http/address.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::control {
namespace {

// The host of `host[:port]` as it compares: lower case, without the dot of a full name, IPv6
// without brackets. nullopt for what no client sends, such as `localhost:x@example.com`.
std::optional<std::string> host_in(std::string_view authority) {
  std::string_view host = authority;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
  } else {
    host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(host.size());
  }
  const bool port_is_number =
      authority.empty() || (authority.front() == ':' &&
                            authority.find_first_not_of("0123456789", 1) == std::string_view::npos);
  if (!port_is_number) return std::nullopt;
  if (host.ends_with('.')) host.remove_suffix(1);
  return lower_case(host);
}

std::string_view authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

// Compares without telling by its time how far a guess was right.
bool same_secret(std::string_view given, std::string_view secret) {
  unsigned differences = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    const char other = given.empty() ? '\0' : given[i % given.size()];
    differences |= static_cast<unsigned char>(other) ^ static_cast<unsigned char>(secret[i]);
  }
  return differences == 0;
}

bool has_token(const http::Request& request, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request.headers.get("authorization").value_or("");
  return given.size() > kScheme.size() &&
         http::same_name(given.substr(0, kScheme.size()), kScheme) &&
         same_secret(given.substr(kScheme.size()), token);
}

http::Reply foreign_page() {
  return our_error(403, "foreign_origin", "the control API does not answer foreign pages");
}

// A page of a foreign site must not steer us through the user's browser, neither by its own name
// (Origin, Sec-Fetch-Site) nor by a name it has pointed at this machine (Host).
std::optional<http::Reply> foreign(const Access& access, const http::Request& request) {
  const auto own = [&](std::string_view authority) {
    const auto host = host_in(authority);
    if (!host) return false;
    return is_this_machine(*host) || host == host_in(access.host) || host == access.host ||
           (!access.public_url.empty() && host == host_in(authority_of(access.public_url)));
  };
  // On another address there is a token, and names the machine goes by that nobody told us. No
  // browser comes by a Unix socket; without a Host comes no browser either.
  const bool by_any_name = request.peer == "unix" || request.host().empty() ||
                           !(access.token.empty() || is_this_machine(access.host));
  if (!by_any_name && !own(request.host()))
    return our_error(403, "foreign_host",
                     "the control API does not answer Host \"" +
                         valid_utf8(request.host().substr(0, 100)) + "\"; use localhost");
  if (const auto origin = request.headers.get("origin"))
    if (origin->find("://") == std::string_view::npos || !own(authority_of(*origin)))
      return foreign_page();
  // Images and scripts are fetched without an Origin. A link that is followed only reads.
  const bool follows_link =
      request.method == "GET" && request.headers.get("sec-fetch-mode") == "navigate";
  if (request.headers.get("sec-fetch-site") == "cross-site" && !follows_link) return foreign_page();
  return std::nullopt;
}

}  // namespace

bool is_this_machine(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string name = lower_case(host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const auto written = http::parse_address(name);
  if (!written) return false;
  const http::Address address = http::unmapped(*written);
  if (!address.v6) return address.bytes[0] == 127;
  http::Address loopback{true, {}};
  loopback.bytes[15] = 1;
  return address.bytes == loopback.bytes;
}

std::optional<http::Reply> denied(const Access& access, const http::Request& request) {
  if (auto reply = foreign(access, request)) return reply;
  // Providers do not know the token, so whoever reaches us may write to an inbox.
  if (request.method == "POST" && request.path.starts_with("/_emulator/inbox/"))
    return std::nullopt;
  if (access.token.empty() || has_token(request, access.token)) return std::nullopt;
  http::Reply reply = our_error(401, "token_needed",
                                "the control API wants the token of --control-token, as "
                                "Authorization: Bearer TOKEN");
  reply.headers.add("www-authenticate", "Bearer");
  return reply;
}

}  // namespace emulator::control
