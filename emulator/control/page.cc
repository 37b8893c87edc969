#include "emulator/control/page.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/control/routes.h"
#include "emulator/http/authority.h"
#include "emulator/pipeline/dialect.h"

namespace emulator {
namespace embedded {
#define PAGE_FILE(symbol, name) extern const std::string_view symbol;
#include "page.def"
#undef PAGE_FILE
}  // namespace embedded

namespace control {
namespace {

constexpr std::string_view kAddress = "/_emulator/";
constexpr std::string_view kFiles = "/_emulator/page/";
constexpr std::string_view kFirst = "index.html";

struct File {
  std::string_view name;
  const std::string_view* text;
};

const File kPageFiles[] = {
#define PAGE_FILE(symbol, name) {name, &embedded::symbol},
#include "page.def"
#undef PAGE_FILE
};

std::string_view page_file(std::string_view name) {
  for (const File& file : kPageFiles)
    if (file.name == name) return *file.text;
  return {};
}

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/html; charset=utf-8";
}

// The key in the page is for the window that somebody opened. What else is shown on our origin, a
// client's upload for one, may fetch the page's address; it gets nothing.
bool opens_a_window(const http::Request& request) {
  return !request.headers.has("origin") &&
         request.headers.get("sec-fetch-mode").value_or("navigate") == "navigate" &&
         request.headers.get("sec-fetch-dest").value_or("document") == "document";
}

void put(std::string& text, std::string_view place, std::string_view value) {
  if (const auto at = text.find(place); at != std::string::npos)
    text.replace(at, place.size(), value);
}

bool has_call(std::string_view path) {
  const auto all = routes();
  return std::any_of(all.begin(), all.end(),
                     [&](const Route& route) { return route.path == path; });
}

http::Reply page_itself(const Page& page, const http::Request& request) {
  if (!opens_a_window(request))
    return our_error(403, "not_a_window", "the page is opened in a window of its own");
  http::Reply reply;
  reply.headers.add("content-type", std::string(type_of(kFirst)));
  reply.headers.add("cache-control", "no-store");
  // Nothing but our own files and pictures, no text becomes markup or script, and whoever opened
  // the window has no hold of it.
  reply.headers.add("content-security-policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; "
                    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
                    "form-action 'none'; frame-ancestors 'none'; "
                    "require-trusted-types-for 'script'; trusted-types 'none'");
  reply.headers.add("cross-origin-opener-policy", "same-origin");
  reply.headers.add("cross-origin-resource-policy", "same-origin");
  reply.headers.add("referrer-policy", "no-referrer");
  reply.headers.add("x-content-type-options", "nosniff");
  reply.body = std::string(page_file(kFirst));
  put(reply.body, "{{key}}", page.key);
  put(reply.body, "{{mode}}", page.mode == Page::Mode::kReadOnly ? "read-only" : "on");
  put(reply.body, "{{version}}", page.version);
  std::string can;
  if (has_call("/sandboxes/{sandbox}/findings")) can += " findings";
  if (has_call("/check")) can += " check";
  put(reply.body, "{{can}}", can);
  return reply;
}

http::Reply file_of_page(std::string_view name, const http::Request& request) {
  const std::string_view text = page_file(name);
  if (text.empty() || name == kFirst)
    return our_error(404, "not_found",
                     "the page has no file \"" + valid_utf8(name.substr(0, 100)) + "\"");
  http::Reply reply;
  const std::string tag = '"' + to_hex(md5(text)) + '"';
  reply.headers.add("content-type", std::string(type_of(name)));
  reply.headers.add("cache-control", "no-cache");
  reply.headers.add("cross-origin-resource-policy", "same-origin");
  reply.headers.add("x-content-type-options", "nosniff");
  reply.headers.add("etag", tag);
  if (request.headers.get("if-none-match") == tag)
    reply.status = 304;
  else
    reply.body = std::string(text);
  return reply;
}

bool only_reads(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

bool asks_for_html(const http::Request& request) {
  return request.headers.get("accept").value_or("").find("text/html") != std::string_view::npos;
}

}  // namespace

std::optional<Page::Mode> page_mode(std::string_view word) {
  if (word == "on") return Page::Mode::kOn;
  if (word == "read-only") return Page::Mode::kReadOnly;
  if (word == "off") return Page::Mode::kOff;
  return std::nullopt;
}

bool at_front_door(const http::Request& request) {
  if (request.path != "/" || !only_reads(request)) return false;
  if (!asks_for_html(request)) return false;
  const auto host = http::host_of(request.host());
  return host &&
         (*host == "localhost" || (http::is_address(*host) && http::is_this_machine(*host)));
}

http::Reply show_in() {
  http::Reply reply;
  reply.status = 302;
  reply.headers.add("location", std::string(kAddress));
  return reply;
}

std::optional<http::Reply> page_reply(const Page& page, const http::Request& request) {
  const std::string_view path = request.path;
  // Without the stroke at its end the address is the page's to a browser only.
  const bool itself = path == kAddress ||
                      (path == kAddress.substr(0, kAddress.size() - 1) && asks_for_html(request));
  if (!only_reads(request) || !(itself || path.starts_with(kFiles))) return std::nullopt;
  if (page.mode == Page::Mode::kOff)
    return our_error(404, "no_page", "the page is switched off (--page)");
  if (path.starts_with(kFiles)) return file_of_page(path.substr(kFiles.size()), request);
  return path == kAddress ? page_itself(page, request) : show_in();
}

}  // namespace control
}  // namespace emulator
