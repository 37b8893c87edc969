#include "emulator/webhook/policy.h"

#include <algorithm>

namespace emulator::webhook {
namespace {

bool is_private_v4(const http::Address& address) {
  const auto a = address.bytes[0];
  const auto b = address.bytes[1];
  const bool nothing =
      std::all_of(address.bytes.begin(), address.bytes.begin() + 4, [](auto x) { return x == 0; });
  return a == 127 || a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
         nothing;
}

bool is_private_v6(const http::Address& address) {
  const bool zeros =
      std::all_of(address.bytes.begin(), address.bytes.begin() + 15, [](auto x) { return x == 0; });
  const bool unique_local = (address.bytes[0] & 0xfe) == 0xfc;
  return unique_local || (zeros && address.bytes[15] <= 1);
}

}  // namespace

Policy policy_of(std::string_view word) {
  return word == "any" ? Policy::kAny : word == "off" ? Policy::kOff : Policy::kLocal;
}

std::optional<std::string> barred(Policy policy, const http::Address& given) {
  if (policy == Policy::kAny) return std::nullopt;
  if (policy == Policy::kOff) return "webhooks are off (--webhooks off)";
  const http::Address address = http::unmapped(given);
  if (address.v6 ? is_private_v6(address) : is_private_v4(address)) return std::nullopt;
  return address.text() +
         " is neither this machine's nor private; --webhooks any lets webhooks go there";
}

bool steers_an_emulator(std::string_view target) {
  constexpr std::string_view kRoot = "/_emulator";
  const std::string_view path = target.substr(0, target.find_first_of("?#"));
  if (!path.starts_with(kRoot) || path.starts_with("/_emulator/inbox/")) return false;
  return path.size() == kRoot.size() || path[kRoot.size()] == '/';
}

}  // namespace emulator::webhook
