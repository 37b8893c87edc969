#pragma once

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// The list of models with their JSON Schemas, as GET /api/v3/models has it.
Json catalogue(const contract::Contract& contract, const Origin& origin);

// The OpenAPI document of one model, as the web catalogue gives it to everybody.
Json model_schema(const contract::Endpoint& endpoint, const Origin& origin);

// What a run would cost: the answer of /model/price, or of the older /model/pricing.
Result<Json, Refusal> price_answer(const Call& call, const contract::Contract& contract,
                                   bool older);

}  // namespace emulator::wavespeed
