#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator::tls {

// The domains a CA has to vouch for so that every one of `hosts` (names of real hosts, patterns
// such as `api.*.bfl.ai` among them) may have a certificate: the registered domain of each, without
// repeats, in their order. Of a domain in which everybody can have a name (CloudFront's, Azure's
// and the like) only the very host. `localhost` and names below it are left out.
std::vector<std::string> domains_of(const std::vector<std::string>& hosts);

// Whether a name is `domain` or lies below it; lower case.
bool is_within(std::string_view name, std::string_view domain);

// A host name as certificates and SNI have it: letters, digits, hyphens and dots, 253 bytes at
// most.
bool is_host_name(std::string_view name);

}  // namespace emulator::tls
