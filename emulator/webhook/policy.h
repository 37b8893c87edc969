#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/address.h"

namespace emulator::webhook {

// Where webhooks may go.
enum class Policy {
  kLocal,  // this machine and private networks
  kAny,
  kOff,  // nowhere
};

// "local", "any", "off"; anything else is kLocal.
Policy policy_of(std::string_view word);

// Why an address must not be connected to; nullopt when it may. Pure.
//
// Private are the loopback addresses, those of RFC 1918 and fc00::/7, and 0.0.0.0 and ::, which
// mean this machine. Where cloud machines are told their secrets (link-local addresses, and those
// the clouds took elsewhere) nothing ever goes, whatever the policy.
std::optional<std::string> barred(Policy policy, const http::Address& address);

// The same for a webhook that a page of another site asked for: it reaches nothing that the page
// could not reach from anywhere else.
std::optional<std::string> barred_for_page(std::string_view page, const http::Address& address);

// Whether a path and query lead to the control API of an emulator, its inboxes left aside: a
// provider's request must not steer the emulator by having it send a webhook to itself.
bool steers_an_emulator(std::string_view target);

}  // namespace emulator::webhook
