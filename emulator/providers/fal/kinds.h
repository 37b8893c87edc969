#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/refusal.h"

// Models that the contract does not list: the generic schema stands for image models, and for
// nothing else.
namespace emulator::fal {

// What a model of that id gives, as far as the contract's table `model_kinds` tells: "image",
// "video", "audio" and so on; "" when nothing of the table fits. Where `any_endpoint` is false
// (--strict-models) the table counts for nothing: every model outside the contract is refused in
// fal's own words.
std::string kind_of(const contract::Contract& contract, std::string_view id);

// True when the generic schema may answer for models of this kind.
bool is_image_kind(std::string_view kind);

// The emulator's own refusal of a model that fal has and this emulator has not.
Refusal not_emulated(std::string_view id, std::string_view kind);

}  // namespace emulator::fal
