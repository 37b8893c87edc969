#pragma once

#include <optional>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/contract/validate.h"
#include "emulator/image/picture.h"

// `image_size`: the name of a preset, or width and height. A union, which contracts cannot write.
namespace emulator::fal {

// True of a field that is one.
bool is_image_size(const contract::Field& field);

// The value with its defaults, or what pydantic says of both branches of the union.
Result<Json, std::vector<contract::Violation>> checked_image_size(
    const Json& value, const contract::Field& field, const contract::Contract& contract);

// Its pixels; nullopt for "auto", null and nothing.
std::optional<image::Size> pixels_of(const Json& value, const contract::Contract& contract);

}  // namespace emulator::fal
