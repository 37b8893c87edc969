// Addresses that strangers send: of webhooks, in `Location`, `Host` and `Origin`. What is taken
// apart holds nothing that could begin another line of a request, and reads the same once more.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "emulator/http/address.h"
#include "emulator/http/authority.h"
#include "emulator/webhook/url.h"

namespace {

using namespace emulator;

void promise(bool kept) {
  if (!kept) std::abort();
}

bool sendable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

void check(const webhook::Url& url) {
  promise(!url.host.empty() && sendable(url.host));
  promise(url.target.starts_with('/') && sendable(url.target));
  const std::string again = (url.secure ? "https://" : "http://") + url.host + ":" +
                            std::to_string(url.port) + url.target;
  const auto once_more = webhook::parse_url(again);
  promise(once_more && once_more->host == url.host && once_more->port == url.port &&
          once_more->target == url.target && once_more->secure == url.secure);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = webhook::parse_url(text)) {
    check(*url);
    promise(!webhook::has_credentials(webhook::bare_url(text)));
  }
  static const webhook::Url from = *webhook::parse_url("http://example.com:8080/a/b?c");
  if (const auto moved = webhook::redirected(from, text)) check(*moved);
  webhook::without_credentials(text);

  if (const auto host = http::host_of(text)) {
    const bool v6 = host->find(':') != std::string::npos;
    promise(http::host_of(v6 ? "[" + *host + "]" : *host) == host);
    http::is_this_machine(*host);
    http::is_address(*host);
  }
  if (const auto origin = http::parse_origin(text)) {
    const bool v6 = origin->host.find(':') != std::string::npos;
    promise(http::parse_origin(origin->scheme + "://" +
                               (v6 ? "[" + origin->host + "]" : origin->host) + ":" +
                               std::to_string(origin->port)) == origin);
  }
  if (const auto address = http::parse_address(text)) {
    const auto again = http::parse_address(address->text());
    promise(again && again->v6 == address->v6 && again->bytes == address->bytes);
    http::unmapped(*address);
  }
  return 0;
}
