#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/image/picture.h"

// What a submission comes to by the facts of its model: pixels, pictures, price. `input` has passed
// the model's fields, defaults filled in.
//
// Sizes go by the rules `text`, `area` and `table` of contract/size_rule.h, the rest by what the
// endpoint says (facts.h).
namespace emulator::wavespeed {

// "1024*768"; nullopt for other texts and for sides below 1.
std::optional<image::Size> size_in(std::string_view text);

// Pixels of every picture; `given` is the size of the first picture that came in, where it is
// known.
image::Size output_size(const Json& input, const contract::Endpoint& endpoint,
                        std::optional<image::Size> given);

// How many pictures, 1 to 16.
std::uint8_t picture_count(const Json& input, const contract::Endpoint& endpoint);

// In USD, for all of them.
double cost_of(const contract::Endpoint& endpoint, const Json& input);

}  // namespace emulator::wavespeed
