#pragma once

#include <string>
#include <string_view>

namespace emulator::apiframe {

// "sha256=" and 64 hexadecimal digits; "" for `encoding` none. `secret` is the SHA-256 of the API
// key in hexadecimal digits; the HMAC's key is its bytes (`raw`) or those digits (`hex`).
std::string webhook_signature(std::string_view secret, std::string_view encoding,
                              std::string_view body);

}  // namespace emulator::apiframe
