#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/dialect.h"

// From the body of a submission to a task: the four closed unions of API v2 here, the legacy API in
// legacy.h.
namespace emulator::apiframe {

Result<Submission, Refusal> read_job(const Call& call, const contract::Contract& contract);

// A refusal of the 400 with `details`, in the texts of the contract's `messages`.
Refusal invalid(const contract::Contract& contract, std::vector<contract::Violation> violations);

// The picture that a model's parameters ask for; `sent` is the size of the first one that came in.
Plan plan_of(const contract::Endpoint& endpoint, const Json& parameters,
             const std::optional<image::Size>& sent);
// The fields of the object that a model's parameters lie in; else those of the body.
const std::vector<contract::Field>& parameter_fields(const contract::Endpoint& endpoint);

// The secret that signs deliveries: the key's SHA-256 in hexadecimal digits.
std::string webhook_secret(std::string_view key);

// The dialect's bits of WebhookAsk::events.
inline constexpr std::uint32_t kCompletedEvent = 1;
inline constexpr std::uint32_t kFailedEvent = 2;
inline constexpr std::uint32_t kProgressEvent = 4;
inline constexpr std::uint32_t kLegacyAsk = 8;  // by the legacy API, whose webhooks are others

}  // namespace emulator::apiframe
