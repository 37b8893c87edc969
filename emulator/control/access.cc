#include "emulator/control/access.h"

#include <algorithm>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/http/authority.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::control {
namespace {

constexpr std::string_view kInbox = "/_emulator/inbox/";

std::string_view authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

bool has_token(const http::Request& request, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request.headers.get("authorization").value_or("");
  return given.size() > kScheme.size() &&
         http::same_name(given.substr(0, kScheme.size()), kScheme) &&
         same_secret(given.substr(kScheme.size()), token);
}

bool has_page_key(const Access& access, const http::Request& request) {
  const auto given = request.headers.get("x-emulator-page");
  return given && same_secret(*given, access.page_key);
}

// A link that somebody follows, into a window of its own, only reads, and no page sees what it got.
bool follows_link(const http::Request& request) {
  return (request.method == "GET" || request.method == "HEAD") &&
         request.headers.get("sec-fetch-mode") == "navigate" &&
         request.headers.get("sec-fetch-dest").value_or("document") == "document";
}

bool is_inbox_post(const http::Request& request) {
  return request.method == "POST" && request.path.starts_with(kInbox);
}

bool is_preflight(const http::Request& request) {
  return request.method == "OPTIONS" && request.headers.has("access-control-request-method");
}

// Types that no page can send to another origin without asking first, as a form's can be.
bool is_data(std::string_view type) {
  type = trimmed(type.substr(0, type.find(';')));
  constexpr std::string_view kTypes[] = {"application/json", "application/yaml",
                                         "application/x-yaml", "text/yaml", "text/x-yaml"};
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [&](std::string_view known) { return http::same_name(known, type); });
}

std::optional<http::Reply> foreign_page(const Access& access, const http::Request& request) {
  if (!Visitors::page_asks(request) || follows_link(request)) return std::nullopt;
  if (const auto page = access.visitors.foreign_page(request))
    return our_error(403, "foreign_origin",
                     "the control API does not answer pages of " + *page +
                         "; --allow-origin ORIGIN lets one in");
  // Whatever else came to be shown on our origin, such as a client's upload, has not the page's
  // key.
  const bool trusted = access.visitors.allowed_page(request) || has_page_key(access, request) ||
                       (!access.token.empty() && has_token(request, access.token));
  if (!trusted)
    return our_error(403, "not_our_page",
                     "the control API answers pages on its own origin only when they send its key "
                     "(x-emulator-page) or the control token");
  const bool sends = request.method == "POST" || request.method == "PUT";
  if (sends && !is_inbox_post(request) &&
      !is_data(request.headers.get("content-type").value_or("")))
    return our_error(415, "content_type",
                     "a page sends JSON or YAML here, and says so: content-type: application/json");
  return std::nullopt;
}

}  // namespace

// A name that a page's owner has pointed at this machine (DNS rebinding) makes the page ours in the
// eyes of the browser, so such a name is not answered.
std::optional<http::Reply> foreign_host(const Access& access, const http::Request& request) {
  const auto host = http::host_of(request.host());
  const bool own =
      host &&
      (http::is_this_machine(*host) || host == http::host_of(access.host) || host == access.host ||
       (!access.public_url.empty() && host == http::host_of(authority_of(access.public_url))));
  // On another address there is a token, and names the machine goes by that nobody told us. No
  // browser comes by a Unix socket; without a Host comes no browser either.
  const bool by_any_name = request.peer == "unix" || request.host().empty() ||
                           !(access.token.empty() || http::is_this_machine(access.host));
  if (own || by_any_name) return std::nullopt;
  return our_error(403, "foreign_host",
                   "the control API does not answer Host \"" +
                       valid_utf8(request.host().substr(0, 100)) + "\"; use localhost");
}

std::optional<http::Reply> denied(const Access& access, const http::Request& request) {
  if (auto reply = foreign_host(access, request)) return reply;
  if (auto reply = foreign_page(access, request)) return reply;
  // Providers do not know the token, so whoever reaches us may write to an inbox. A browser asks
  // what it may send before it sends the token.
  if (is_inbox_post(request) || is_preflight(request)) return std::nullopt;
  if (access.token.empty() || has_token(request, access.token)) return std::nullopt;
  http::Reply reply = our_error(401, "token_needed",
                                "the control API wants the token of --control-token, as "
                                "Authorization: Bearer TOKEN");
  reply.headers.add("www-authenticate", "Bearer");
  return reply;
}

std::optional<http::Reply> preflight(const Access& access, const http::Request& request) {
  if (!is_preflight(request) || !access.visitors.allowed_page(request)) return std::nullopt;
  http::Reply reply;
  reply.status = 204;
  reply.headers.add("access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE");
  if (const auto asked = request.headers.get("access-control-request-headers"))
    reply.headers.add("access-control-allow-headers", std::string(*asked));
  if (request.headers.get("access-control-request-private-network") == "true")
    reply.headers.add("access-control-allow-private-network", "true");
  reply.headers.add("access-control-max-age", "600");
  return reply;
}

void let_read(const Access& access, const http::Request& request, http::Reply& reply) {
  if (!access.visitors.allowed_page(request)) return;
  reply.headers.set("access-control-allow-origin",
                    std::string(request.headers.get("origin").value_or("")));
  reply.headers.set("access-control-expose-headers", "x-emulator-error, x-emulator-request");
  reply.headers.set("vary", "origin");
}

}  // namespace emulator::control
