#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/sandbox/sandbox.h"

// Tokens and signed links: a JWT that names the sandbox it was made in, so that a request that
// carries nothing else finds its way back.
namespace emulator::fal {

// A token over `claims`, to which the sandbox's name is added.
std::string make_token(const Sandbox& box, Json claims);
// The sandbox a token names, signed or not; nullopt when it is none of ours.
std::optional<std::string> sandbox_in_token(std::string_view token);
// Its claims, when this sandbox made it.
std::optional<Json> claims_in(const Sandbox& box, std::string_view token);

// URL alphabet; fal pads its keys, JWTs are not padded.
std::string url_base64(std::string_view bytes, bool padded);

}  // namespace emulator::fal
