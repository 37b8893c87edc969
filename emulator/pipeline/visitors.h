#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http/message.h"

namespace emulator {

// Who asks: by which name a request was sent here, and whether a web page sent it. A browser that
// shows a page of another site can be made to send us requests; it says so in `Origin` and
// `Sec-Fetch-Site`, which no page can change. Immutable; on any thread.
class Visitors {
 public:
  struct Options {
    std::string host;        // the address listened on
    std::string public_url;  // "" : none
    // Names taken for ours beside those that nobody can point at us: NAME, or *.NAME for what lies
    // below it, or * for every name (`--allow-host`).
    std::vector<std::string> allow_hosts;
    // Pages treated as our own: SCHEME://HOST[:PORT], where HOST may be *.NAME and PORT may be *,
    // or * for every page (`--allow-origin`).
    std::vector<std::string> allow_origins;
  };
  Visitors() = default;
  explicit Visitors(Options options) : options_(std::move(options)) {}

  // Whether a page could not have come by this name (a `Host` header's value): a name without dots,
  // an address, one of the zones localhost, local, internal and test, which are nobody's, the name
  // of the address listened on or of the public one, or a name that was allowed. The providers' own
  // hosts are not looked at.
  bool is_at_home(std::string_view authority) const;

  // Which page sent the request, if it is of another origin than the one it was sent to and was not
  // allowed: its origin, or words for one that is not said. Another port is another origin.
  std::optional<std::string> foreign_page(const http::Request& request) const;
  // Whether a page that was allowed by name sent it.
  bool allowed_page(const http::Request& request) const;
  // Whether a browser sent it for a page, not for somebody who typed the address.
  static bool page_asks(const http::Request& request);

  // "" or what is wrong with a pattern of `allow_hosts`, `allow_origins`.
  static std::string host_problem(std::string_view pattern);
  static std::string origin_problem(std::string_view pattern);

 private:
  bool own_origin(const http::Request& request, std::string_view origin) const;
  bool allows(std::string_view origin) const;

  Options options_;
};

}  // namespace emulator
