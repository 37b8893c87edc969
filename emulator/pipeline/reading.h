#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"
#include "emulator/contract/validate.h"
#include "emulator/pipeline/call.h"

// What dialects read of a submission alike.
namespace emulator {

// The endpoint that a submission's path names: the id that its route makes of the path
// (`endpoint: "{owner}/{name}"` in the contract), or else the capture `endpoint`. Null when the
// contract has none of that id. Lives with the contract.
const contract::Endpoint* endpoint_of(const Call& call, const contract::Contract& contract);

// The fields that lie under one member of the body, validated as `contract::validate` does; what
// is wrong with them is told from the body's root (`["input", "prompt"]`). A body without that
// member lacks it.
Result<Json, std::vector<contract::Violation>> validate_under(std::string_view member,
                                                              const Json& body,
                                                              const contract::Endpoint& endpoint,
                                                              const contract::Rules& rules = {});

// How long the caller wants to wait for the end, by `Prefer: wait=10` in seconds, at most `most`;
// `usual` for a bare `wait`; nullopt when it does not want to, or not in these words.
std::optional<Duration> preferred_wait(const http::Request& request, Duration usual, Duration most);

}  // namespace emulator
