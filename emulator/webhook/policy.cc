#include "emulator/webhook/policy.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace emulator::webhook {
namespace {

// Whether the first `bits` of an address are those of `range`.
bool within(const http::Address& address, const http::Address& range, unsigned bits) {
  if (address.v6 != range.v6) return false;
  for (unsigned at = 0; at < bits; at += 8) {
    const unsigned kept = std::min(8u, bits - at);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - kept));
    if (((address.bytes[at / 8] ^ range.bytes[at / 8]) & mask) != 0) return false;
  }
  return true;
}

// Ranges of addresses, as they are written.
class Ranges {
 public:
  Ranges(std::initializer_list<std::pair<const char*, unsigned>> written) {
    for (const auto& [base, bits] : written) all_.emplace_back(*http::parse_address(base), bits);
  }
  bool hold(const http::Address& address) const {
    return std::any_of(all_.begin(), all_.end(), [&](const auto& range) {
      return within(address, range.first, range.second);
    });
  }

 private:
  std::vector<std::pair<http::Address, unsigned>> all_;
};

// This machine and private networks.
const Ranges& privates() {
  static const Ranges kRanges = {
      {"127.0.0.0", 8}, {"10.0.0.0", 8}, {"172.16.0.0", 12}, {"192.168.0.0", 16},
      {"0.0.0.0", 32},  {"::", 128},     {"::1", 128},       {"fc00::", 7},
  };
  return kRanges;
}

// Where the clouds answer a machine about itself. Link-local: nearly all of them.
const Ranges& metadata() {
  static const Ranges kRanges = {
      {"169.254.0.0", 16},   {"fe80::", 10}, {"100.100.100.200", 32},  // Alibaba Cloud
      {"168.63.129.16", 32},                                           // Azure's host
      {"192.0.0.192", 32},                                             // Oracle Cloud, classic
      {"fd00:ec2::", 32},                                              // AWS
      {"fd20:ce::", 32},                                               // Google Cloud
      {"fd00:c1::", 32},                                               // Oracle Cloud
      {"fd00:42::42", 128},                                            // Scaleway
  };
  return kRanges;
}

// What else is not of the public net (IANA's registries of special purposes).
const Ranges& not_public() {
  static const Ranges kRanges = {
      {"0.0.0.0", 8},   {"100.64.0.0", 10}, {"192.0.0.0", 24}, {"198.18.0.0", 15},
      {"224.0.0.0", 3}, {"fec0::", 10},     {"ff00::", 8},
  };
  return kRanges;
}

// An IPv6 address that leads to an IPv4 one as that one: mapped, compatible (but for :: and ::1),
// NAT64 and 6to4.
http::Address plain(const http::Address& given) {
  const http::Address address = http::unmapped(given);
  if (!address.v6) return address;
  static const Ranges kTiny = {{"::", 120}}, kLast = {{"::", 96}, {"64:ff9b::", 96}},
                      kSecond = {{"2002::", 16}};
  std::ptrdiff_t at = 0;
  if (kLast.hold(address) && !kTiny.hold(address))
    at = 12;
  else if (kSecond.hold(address))
    at = 2;
  else
    return address;
  http::Address out;
  std::copy_n(address.bytes.begin() + at, 4, out.bytes.begin());
  return out;
}

std::string metadata_refusal(const http::Address& address) {
  return address.text() +
         " is where machines in a cloud are told their secrets; no webhook goes there";
}

}  // namespace

Policy policy_of(std::string_view word) {
  return word == "any" ? Policy::kAny : word == "off" ? Policy::kOff : Policy::kLocal;
}

std::optional<std::string> barred(Policy policy, const http::Address& given) {
  if (policy == Policy::kOff) return "webhooks are off (--webhooks off)";
  if (metadata().hold(plain(given))) return metadata_refusal(given);
  if (policy == Policy::kAny) return std::nullopt;
  const http::Address address = http::unmapped(given);
  if (privates().hold(address)) return std::nullopt;
  return address.text() +
         " is neither this machine's nor private; --webhooks any lets webhooks go there";
}

std::optional<std::string> barred_for_page(std::string_view page, const http::Address& given) {
  const http::Address address = plain(given);
  if (metadata().hold(address)) return metadata_refusal(given);
  if (!privates().hold(address) && !not_public().hold(address)) return std::nullopt;
  return given.text() + " is private, and a web page of " + std::string(page) +
         " asked for this webhook; --allow-origin ORIGIN lets a page's webhooks go there";
}

bool steers_an_emulator(std::string_view target) {
  constexpr std::string_view kRoot = "/_emulator";
  const std::string_view path = target.substr(0, target.find_first_of("?#"));
  if (!path.starts_with(kRoot) || path.starts_with("/_emulator/inbox/")) return false;
  return path.size() == kRoot.size() || path[kRoot.size()] == '/';
}

}  // namespace emulator::webhook
