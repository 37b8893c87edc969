#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/sandbox/sandbox.h"

// What fal signs webhooks with, and how.
namespace emulator::fal {

using KeySeed = std::array<unsigned char, 32>;

// What is published under /.well-known/jwks.json: the key that signs, and the one that will.
Json key_set(const contract::Contract& contract, const Sandbox& box);

// 128 hexadecimal digits. `timestamp` in Unix seconds.
std::string webhook_signature(const KeySeed& seed, std::string_view request_id,
                              std::string_view user_id, std::int64_t timestamp,
                              std::string_view body);

}  // namespace emulator::fal
