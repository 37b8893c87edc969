#include "emulator/control/access.h"

#include "emulator/base/text.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::control {
namespace {

std::string_view host_name(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[')
    return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// Names that can only mean this machine, so that no foreign page can have resolved them to us.
bool is_own_host(std::string_view authority) {
  const std::string_view host = host_name(authority);
  return host.empty() || host == "localhost" || host.ends_with(".localhost") ||
         host.starts_with("127.") || host == "[::1]" || host == "unix";
}

}  // namespace

// A page of a foreign site must not steer us through the user's browser, neither by its own name
// (Origin) nor by a name it has pointed at this machine (Host).
std::optional<http::Reply> denied(const Access& access, const http::Request& request) {
  const std::string_view public_host =
      access.public_url.empty()
          ? std::string_view()
          : std::string_view(access.public_url).substr(access.public_url.find("://") + 3);
  const auto own = [&](std::string_view authority) {
    return is_own_host(authority) || host_name(authority) == access.host ||
           (!public_host.empty() && host_name(authority) == host_name(public_host));
  };
  if (!own(request.host()) && access.token.empty())
    return our_error(403, "foreign_host",
                     "the control API does not answer Host \"" +
                         valid_utf8(request.host().substr(0, 100)) + "\"; use localhost");
  if (const auto origin = request.headers.get("origin"); origin && *origin != "null") {
    const auto scheme = origin->find("://");
    if (scheme == std::string_view::npos || !own(origin->substr(scheme + 3)))
      return our_error(403, "foreign_origin", "the control API does not answer foreign pages");
  } else if (origin) {
    return our_error(403, "foreign_origin", "the control API does not answer foreign pages");
  }
  if (!access.token.empty() &&
      request.headers.get("authorization").value_or("") != "Bearer " + access.token) {
    http::Reply reply = our_error(401, "token_needed",
                                  "the control API wants the token of --control-token, as "
                                  "Authorization: Bearer TOKEN");
    reply.headers.add("www-authenticate", "Bearer");
    return reply;
  }
  return std::nullopt;
}

}  // namespace emulator::control
