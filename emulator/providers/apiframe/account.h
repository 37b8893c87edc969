#pragma once

#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::apiframe {

// GET /v2/me: who the caller is. `credits` are those left to the team.
Json me_body(const Call& call, const contract::Contract& contract, std::string_view key,
             double credits);

// GET /v2/models: the models of the contract, or what is wrong with `modality`.
Result<Json, Refusal> models_body(const Call& call, const contract::Contract& contract);

}  // namespace emulator::apiframe
