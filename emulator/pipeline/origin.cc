// Which host stands for which role of a provider, and the links that follow from it.
#include "emulator/pipeline/origin.h"

#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/http/message.h"

namespace emulator {
namespace {

// How many leading segments two prefixes share.
std::size_t shared_segments(std::string_view a, std::string_view b) {
  std::size_t count = 0;
  for (std::size_t i = 1;; ++i) {
    const bool end_a = i >= a.size() || a[i] == '/';
    const bool end_b = i >= b.size() || b[i] == '/';
    if (end_a && end_b) ++count;
    if (end_a || end_b || a[i] != b[i]) return i > 1 ? count : 0;
  }
}

// The prefix that leads to `door`: the caller's own, else the one nearest to it, else one without
// further segments. "" when the provider has none.
std::string_view prefix_to(const contract::Doors& doors, std::string_view door,
                           std::string_view own) {
  const std::pair<std::string, std::string>* best = nullptr;
  const auto rank = [&](const std::pair<std::string, std::string>& prefix) {
    const auto segments = std::count(prefix.first.begin(), prefix.first.end(), '/');
    return std::pair(shared_segments(prefix.first, own), -segments);
  };
  for (const auto& prefix : doors.prefixes) {
    if (prefix.second != door) continue;
    if (prefix.first == own) return own;
    if (best == nullptr || rank(*best) < rank(prefix)) best = &prefix;
  }
  if (best != nullptr) return best->first;
  for (const auto& prefix : doors.prefixes)
    if (prefix.second.empty()) return prefix.first;
  return "";
}

// The first name of a host that plays `door`, for a caller whose own host does not. A caller under
// .localhost is sent to names under .localhost, any other to real ones. "" when there is none.
std::string_view name_for(const contract::Doors& doors, std::string_view door, bool local) {
  for (const contract::Doors::Host& known : doors.hosts) {
    if (known.door != door && !known.door.empty()) continue;
    if (known.name.find('*') != std::string::npos) continue;
    if (known.name.ends_with(".localhost") != local) continue;
    // A pattern before it may have taken the name for another role.
    if (host_of(doors, known.name) == &known) return known.name;
  }
  return "";
}

bool has_role(const contract::Doors& doors, std::string_view door) {
  return std::any_of(doors.hosts.begin(), doors.hosts.end(),
                     [&](const auto& known) { return known.door == door || known.door.empty(); });
}

}  // namespace

std::string_view without_port(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    return authority.substr(0, end == std::string_view::npos ? authority.size() : end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (pattern.starts_with("*.")) {
    pattern.remove_prefix(1);
    return host.size() > pattern.size() &&
           http::same_name(host.substr(host.size() - pattern.size()), pattern);
  }
  if (pattern.find('*') == std::string_view::npos) return http::same_name(pattern, host);
  while (true) {
    const auto dot = pattern.find('.');
    const auto end = host.find('.');
    if ((dot == std::string_view::npos) != (end == std::string_view::npos)) return false;
    if (!glob_matches(lower_case(pattern.substr(0, dot)), lower_case(host.substr(0, end))))
      return false;
    if (dot == std::string_view::npos) return true;
    pattern.remove_prefix(dot + 1);
    host.remove_prefix(end + 1);
  }
}

const contract::Doors::Host* host_of(const contract::Doors& doors, std::string_view name) {
  for (const contract::Doors::Host& known : doors.hosts)
    if (host_matches(known.name, name)) return &known;
  return nullptr;
}

std::string Origin::link(std::string_view door, std::string_view path) const {
  if (via == Via::kHost) {
    const std::string_view own = without_port(authority);
    const std::string_view port = std::string_view(authority).substr(own.size());
    const contract::Doors::Host* known = host_of(*doors, own);
    const bool plays_it = known != nullptr && (known->door == door || known->door.empty());
    const std::string_view host = plays_it || !has_role(*doors, door)
                                      ? own
                                      : name_for(*doors, door, own.ends_with(".localhost"));
    if (!host.empty()) return joined({scheme, "://", host, port, path});
    // A .localhost caller, and a role without such a name: by prefix on the caller's host.
  }
  const std::string_view to = via != Via::kPath ? prefix_to(*doors, door, prefix) : "";
  return joined({scheme, "://", authority, to, path});
}

Origin Origin::reachable() const {
  if (here.empty()) return *this;
  Origin out = *this;
  const auto scheme_end = here.find("://");
  out.via = Via::kPrefix;
  out.scheme = here.substr(0, scheme_end);
  out.authority = here.substr(scheme_end + 3);
  out.here.clear();
  return out;
}

}  // namespace emulator
