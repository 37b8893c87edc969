#pragma once

#include <string>
#include <string_view>

namespace emulator::wavespeed {

// "v3," and 64 hexadecimal digits. `secret` begins with "whsec_"; `timestamp` in Unix seconds.
std::string webhook_signature(std::string_view secret, std::string_view id,
                              std::string_view timestamp, std::string_view body);

}  // namespace emulator::wavespeed
