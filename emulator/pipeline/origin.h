#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"

namespace emulator {

// Where the caller believes the provider is, so that links lead back here. A plain value.
struct Origin {
  enum class Via {
    kHost,    // a provider's real host, or <provider>.localhost
    kPrefix,  // a path prefix such as /bfl
    kPath,    // a path only one provider has; no prefix
  };
  Via via = Via::kPrefix;
  std::string scheme = "http";
  std::string authority;  // host and port, as the caller wrote them
  std::string prefix;     // the one the caller used, when `via` is kPrefix
  std::string here;       // scheme and authority of the emulator itself, when the caller named a
                          // provider's address in a header only; else ""
  const contract::Doors* doors = nullptr;

  // The absolute address of `path` (begins with '/') behind the host role `door`.
  std::string link(std::string_view door, std::string_view path) const;
  // The origin that surely leads back to the emulator: by prefix on its own address when the caller
  // named the provider's in a header (a proxy's client), else this one.
  Origin reachable() const;
  // As `link` without the path; what a task keeps to word links later.
  std::string base(std::string_view door) const { return link(door, ""); }
};

// The host of the provider that a name belongs to, which says its role: the first of `doors.hosts`
// that covers it; null when none does. Links are written and addresses are read by this alone, so
// that a link always leads where it was meant to. Lives with `doors`.
const contract::Doors::Host* host_of(const contract::Doors& doors, std::string_view name);

// True when `pattern` covers the host name; case ignored. `*.` in front stands for any number of
// labels (`*.acme.example`), a `*` elsewhere for part of one label (`api.*.acme.example`).
bool host_matches(std::string_view pattern, std::string_view host);

// A host as `Host:` has it, without its port.
std::string_view without_port(std::string_view authority);

}  // namespace emulator
