#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/sandbox/sandbox.h"

// Signatures over a webhook's id, time and body: as Standard Webhooks 1.0 has them, and the parts
// that providers with a signature of that kind put together otherwise.
namespace emulator::webhook {

// A secret of a sandbox, the same whenever it is asked for with that purpose: `whsec_` and 32 bytes
// in base64.
std::string drawn_secret(const Sandbox& box, std::string_view purpose);

// What is signed: `id.timestamp.body`.
std::string signed_text(std::string_view id, std::string_view timestamp, std::string_view body);

// `v1,` and the HMAC-SHA256 in base64. The key is what `secret` holds behind `whsec_`, decoded; a
// text that is no base64 is the key itself.
std::string standard_signature(std::string_view secret, std::string_view id,
                               std::string_view timestamp, std::string_view body);

// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
http::Headers standard_headers(std::string_view id, std::string_view timestamp,
                               std::string signature);

// Whole seconds since 1970, rounded down.
std::int64_t unix_seconds(Instant at);

// How old a timestamp of whole seconds is at `now`; negative for one from the future, nullopt for a
// text that is none.
std::optional<Duration> age_of(std::string_view timestamp, Instant now);

}  // namespace emulator::webhook
