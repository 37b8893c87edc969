#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/message.h"

namespace emulator::control {

// Whether a host (a name, or an address, IPv6 with or without brackets) can only mean this machine:
// a loopback address as it is written, or a name of the zone `localhost`, which nobody else can
// point anywhere (RFC 6761, 6.3).
bool is_this_machine(std::string_view host);

// Who may steer the emulator.
struct Access {
  std::string token;       // "" : none asked for
  std::string host;        // the address listened on; its name is no foreign Host
  std::string public_url;  // its host is no foreign one either
};

// Why a request does not get at the control API; nullopt when it does.
std::optional<http::Reply> denied(const Access& access, const http::Request& request);

}  // namespace emulator::control
