#pragma once

#include <optional>
#include <string>

#include "emulator/http/message.h"

namespace emulator::control {

// Who may steer the emulator.
struct Access {
  std::string token;       // "" : none asked for
  std::string host;        // the address listened on; its name is no foreign Host
  std::string public_url;  // its host is no foreign one either
};

// Why a request does not get at the control API; nullopt when it does.
std::optional<http::Reply> denied(const Access& access, const http::Request& request);

}  // namespace emulator::control
