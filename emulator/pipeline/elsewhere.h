#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/refusal.h"

// What a provider has and the emulator has not. Of routes a contract says it in the route
// (`emulated: false`), of models with a value:
//   model_kinds: [{ video: ["google/veo*", "*/text-to-video*"] }, { audio: ["elevenlabs/*"] }]
// It has globs over ids by what such models give, and the first that fits counts. Where
// `any_endpoint` is false (--strict-models) it counts for nothing, so that every model outside the
// contract is refused in the provider's words.
namespace emulator {

// What a model of this id gives ("video"), by the contract's table; "" when nothing of it fits.
std::string model_kind(const contract::Contract& contract, std::string_view id);

// The refusal of a model that the provider has and the contract has not: an answer of ours (501)
// that says how to add the model. `kind` as model_kind gives it.
Refusal not_emulated_model(const contract::Contract& contract, std::string_view id,
                           std::string_view kind);

// The answer to what no route of the contract has, at a provider that has more: ours (501), with
// how to add it. `what` says what is missing, as a sentence without its full stop.
http::Reply not_emulated_place(const std::string& what);

}  // namespace emulator
