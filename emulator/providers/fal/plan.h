#pragma once

#include <optional>

#include "emulator/contract/contract.h"
#include "emulator/image/picture.h"
#include "emulator/task/task.h"

// What a submission makes, and what that costs.
namespace emulator::fal {

// The pictures an accepted input asks for. `given`: the size of its first picture, where it has one
// and that is known. Rules of `size` beside those of pipeline/sizes.h:
//   {rule: image_size, least_pixels: 921600}   the field image_size, enlarged to that many pixels
//   {rule: input, default: [1024, 1024]}       the size of the given picture
//   {rule: asked, otherwise: landscape_4_3}    image_size, else aspect_ratio and resolution, else
//                                              that preset
// A model with a field `resolution` has an area of that name (`resolutions` under values): the rule
// `area` takes it for its pixels, the others are for 1K and scaled.
Plan plan_for(const Json& input, const contract::Endpoint& endpoint,
              const contract::Contract& contract, std::optional<image::Size> given);

// Units that are billed: pictures, or begun megapixels of all of them.
double units_of(const Plan& plan, const contract::Endpoint& endpoint);

// Dollars for one unit. `extra.prices` of an endpoint gives them by the value of a field.
double unit_price(const Json& input, const contract::Endpoint& endpoint);

}  // namespace emulator::fal
