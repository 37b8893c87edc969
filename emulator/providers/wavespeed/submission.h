#pragma once

#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// The body of a request as an object; no body at all counts as an empty one.
Result<Json, Refusal> object_of(const Call& call);

// `inputs` against the fields of a model: with defaults, unknown keys dropped (or refused, where
// the model is closed). `whole` false leaves out the check for required fields.
Result<Json, Refusal> checked_input(const contract::Contract& contract, Json inputs,
                                    const contract::Endpoint& endpoint, bool whole = true);

// The refusal for a model that the contract has not: ours (501) where WaveSpeed has it, else its
// own.
Refusal unknown_model(const contract::Contract& contract, std::string_view id);

// The secret with which callbacks of this sandbox are signed; `purpose` gives other ones.
std::string webhook_secret(const Sandbox& box,
                           std::string_view purpose = "wavespeed webhook secret");

Result<Submission, Refusal> read_submission(const Call& call, const contract::Contract& contract);

}  // namespace emulator::wavespeed
