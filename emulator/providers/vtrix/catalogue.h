#pragma once

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

// The catalogue that the gateway's CLI reads before it submits: made from the contract, so that it
// tells the parameters that are really checked. Pure.
namespace emulator::vtrix {

// GET /api/v1/skill/models
http::Reply catalogue_list(const contract::Contract& contract, const Call& call);
// GET /api/v1/skill/models/{model}/spec, of a model there is.
http::Reply catalogue_spec(const contract::Contract& contract, const Call& call,
                           const contract::Endpoint& endpoint);

}  // namespace emulator::vtrix
