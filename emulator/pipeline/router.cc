// Two questions, asked apart: which provider (by the doors, which are read at the start for all of
// them), and where in it (by the routes of its contract, which is read at its first use). The doors
// are tried in the order of how surely they tell: a real host is meant, a path may be a
// coincidence.
#include "emulator/pipeline/router.h"

#include <algorithm>
#include <utility>

#include "emulator/base/named.h"
#include "emulator/base/text.h"
#include "emulator/http/authority.h"

namespace emulator {
namespace {

// Addresses that can be no provider's name; saves comparing them with every known host.
bool is_plainly_local(std::string_view host) {
  return host.empty() || host == "localhost" || host.front() == '[' ||
         (host.front() >= '0' && host.front() <= '9');
}

using Door = Registry::Door;

// `path` begins with `prefix`, and the prefix ends at a segment's end.
bool has_prefix(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool is_under_localhost(const Origin& origin) {
  return without_port(origin.authority).ends_with(".localhost");
}

// Takes a prefix that names a host of the provider off a path that came to a host of it anyway: a
// client may put an address before one that has it already, so that it is there twice, and names
// under .localhost lead to all doors of a provider. Both are read once.
void take_off_host_prefix(Call& call, bool any_door) {
  for (bool again = true; again;) {
    again = false;
    for (const auto& [prefix, door] : call.origin.doors->prefixes) {
      if (!has_prefix(call.path, prefix) || prefix.find('.') == std::string::npos) continue;
      if (!any_door && door != call.door) continue;
      call.path.erase(0, prefix.size());
      call.door = door;
      again = true;
      break;
    }
  }
}

// The path of a request without what stands before the target's own, where enough of it is left.
std::string without_base(std::string_view path, const contract::TargetHeader& header) {
  if (header.base.empty() || !has_prefix(path, header.base)) return std::string(path);
  const std::string_view rest = path.substr(header.base.size());
  const auto slashes = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '/'));
  return std::string(slashes < header.segments ? path : rest);
}

// What a header that holds an address, or a host alone, says of a request; nullopt where that leads
// to no provider.
std::optional<ProxyTarget> read_target(const Registry& registry, const http::Request& request,
                                       const contract::TargetHeader& header) {
  const auto text = request.headers.get(header.name);
  if (!text) return std::nullopt;
  ProxyTarget out;
  if (header.holds == contract::TargetHeader::Holds::kHost) {
    out.scheme = "https";
    out.authority = std::string(*text);
    out.path = without_base(request.path, header);
    out.query = request.query;
  } else {
    const auto scheme = text->find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text->substr(scheme + 3);
    const auto slash = rest.find_first_of("/?");
    const std::string_view tail =
        slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    const auto mark = tail.find('?');
    out.scheme = std::string(text->substr(0, scheme));
    out.authority = std::string(rest.substr(0, slash));
    out.path = std::string(tail.substr(0, mark));
    if (mark != std::string_view::npos) out.query = std::string(tail.substr(mark + 1));
  }
  const auto door = registry.door_of(without_port(out.authority));
  if (!door) return std::nullopt;
  out.provider = door->provider;
  out.door = std::string(door->door);
  return out;
}

}  // namespace

std::optional<ProxyTarget> target_of(const Registry& registry, const http::Request& request) {
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const contract::TargetHeader& header : registry.doors(p).target_headers)
      if (auto target = read_target(registry, request, header)) return target;
  return std::nullopt;
}

std::string_view named_target(const Registry& registry, const http::Request& request) {
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const contract::TargetHeader& header : registry.doors(p).target_headers)
      if (header.holds == contract::TargetHeader::Holds::kUrl)
        if (const auto text = request.headers.get(header.name))
          return registry.door_of(without_port(request.host())) ? std::string_view() : *text;
  return {};
}

Router::Router(Registry& registry, std::string public_url)
    : registry_(registry), public_url_(std::move(public_url)) {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}

bool Router::names_a_provider(std::string_view authority) const {
  const auto host = http::host_of(authority);
  return host && registry_.door_of(*host).has_value();
}

std::optional<Call> Router::find(std::shared_ptr<const http::Request> request) const {
  Call call;
  call.origin.scheme = request->secure ? "https" : "http";
  if (const auto proto = request->headers.get("x-forwarded-proto"))
    if (*proto == "https" || *proto == "http") call.origin.scheme = *proto;
  call.origin.authority = std::string(request->host());

  const auto settle = [&](const Door& door, Origin::Via via) {
    call.provider = door.provider;
    call.door = door.door;
    call.origin.via = via;
    call.origin.doors = &registry_.doors(door.provider);
    take_off_host_prefix(call, via == Origin::Via::kHost && is_under_localhost(call.origin));
    if (call.path.empty()) call.path = "/";
    if (!public_url_.empty()) {
      const auto scheme = public_url_.find("://");
      call.origin.scheme = public_url_.substr(0, scheme);
      call.origin.authority = public_url_.substr(scheme + 3);
      if (via == Origin::Via::kHost) call.origin.via = Origin::Via::kPrefix;
      call.origin.here.clear();
    }
    call.request = std::move(request);
    return std::optional<Call>(std::move(call));
  };

  const std::string_view host = without_port(request->host());
  const bool local = is_plainly_local(host);
  const std::optional<Door> own = local ? std::nullopt : registry_.door_of(host);
  if (!own)
    if (auto target = target_of(registry_, *request)) {
      call.path = std::move(target->path);
      call.query = std::move(target->query);
      call.origin.here = joined({call.origin.scheme, "://", call.origin.authority});
      call.origin.scheme = std::move(target->scheme);
      call.origin.authority = std::move(target->authority);
      return settle(Door{target->provider, target->door}, Origin::Via::kHost);
    }
  call.path = request->path;
  call.query = request->query;
  if (own) return settle(*own, Origin::Via::kHost);

  for (std::uint16_t p = 0; p < registry_.size(); ++p)
    for (const auto& [prefix, door] : registry_.doors(p).prefixes)
      if (has_prefix(call.path, prefix)) {
        call.path.erase(0, prefix.size());
        call.origin.prefix = prefix;
        return settle(Door{p, door}, Origin::Via::kPrefix);
      }

  for (std::uint16_t p = 0; p < registry_.size(); ++p)
    for (const auto& [glob, door] : registry_.doors(p).paths)
      if (glob_matches(glob, call.path)) return settle(Door{p, door}, Origin::Via::kPath);

  return std::nullopt;
}

namespace {

// Matches a path against `/a/{x}/{rest...}`, taking what the names stand for. A pattern that ends
// in `[/]` fits with and without a slash at the end.
bool path_matches(std::string_view pattern, std::string_view path,
                  std::vector<std::pair<std::string_view, std::string_view>>& captured) {
  captured.clear();
  if (pattern.ends_with("[/]")) {
    pattern.remove_suffix(3);
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  }
  // Most patterns end in a word, and most paths in another.
  if (!path.ends_with(pattern.substr(pattern.rfind('}') + 1))) return false;  // npos + 1 is 0
  while (true) {
    if (pattern.empty()) return path.empty();
    if (pattern.front() == '{') {
      const auto close = pattern.find('}');
      std::string_view name = pattern.substr(1, close - 1);
      pattern.remove_prefix(close + 1);
      if (name.ends_with("...")) {
        name.remove_suffix(3);
        // What follows the rest-capture must be the end of the path.
        if (path.size() <= pattern.size() || !path.ends_with(pattern)) return false;
        captured.emplace_back(name, path.substr(0, path.size() - pattern.size()));
        return true;
      }
      std::string_view segment = path.substr(0, path.find('/'));
      // A literal tail in the same segment: `{id}.png`.
      const std::string_view literal = pattern.substr(0, pattern.find('/'));
      if (!literal.empty()) {
        if (segment.size() <= literal.size() || !segment.ends_with(literal)) return false;
        segment.remove_suffix(literal.size());
      }
      if (segment.empty()) return false;
      captured.emplace_back(name, segment);
      path.remove_prefix(segment.size());
      continue;
    }
    const auto brace = pattern.find('{');
    const std::string_view literal = pattern.substr(0, brace);
    if (!path.starts_with(literal)) return false;
    path.remove_prefix(literal.size());
    pattern.remove_prefix(literal.size());
  }
}

// The providers' application servers take HEAD for another method; their object stores serve it.
bool method_fits(const contract::Route& route, std::string_view method) {
  return route.method == method || route.method == "*" ||
         (route.on == On::kDownload && route.method == "GET" && method == "HEAD");
}

// The id a route takes from the path: `flux-tools/{tool}` with what the names stand for.
std::string endpoint_in(
    std::string_view pattern,
    const std::vector<std::pair<std::string_view, std::string_view>>& captured) {
  return with_names(pattern, [&](std::string_view name, std::string& out) {
    for (const auto& [known, text] : captured)
      if (known == name) out += http::percent_decoded(text);
    return true;
  });
}

}  // namespace

void find_route(Call& call, const contract::Contract& contract) {
  std::vector<std::pair<std::string_view, std::string_view>> captured;
  captured.reserve(4);
  for (const contract::Route& route : contract.routes) {
    if (!call.door.empty() && !route.door.empty() && route.door != call.door) continue;
    if (!path_matches(route.path, call.path, captured)) continue;
    if (!route.endpoint.empty() &&
        contract.endpoint(endpoint_in(route.endpoint, captured)) == nullptr)
      continue;  // the provider has no such path
    if (method_fits(route, call.request->method)) {
      call.route = &route;
      call.captured.reserve(captured.size());
      for (const auto& [name, text] : captured)
        call.captured.emplace_back(name, http::percent_decoded(text));
      call.allowed.clear();
      return;
    }
    if (std::find(call.allowed.begin(), call.allowed.end(), route.method) == call.allowed.end())
      call.allowed.push_back(route.method);
  }
}

}  // namespace emulator
