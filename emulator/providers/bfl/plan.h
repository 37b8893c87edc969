#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/image/picture.h"

// What a valid body makes of an endpoint's rules: size, format and price of the picture.
namespace emulator::bfl {

// What is known of the pictures sent in.
struct InputImages {
  std::optional<image::Size> first;  // of the first image whose size is known
  double pixels = 0;                 // of all whose size is known
  std::string late_error;            // name under task_errors of what a task fails with; "" if none
};

image::Size output_size(const Json& input, const contract::Endpoint& endpoint,
                        const InputImages& images);
image::Format format_in(const Json& input, const contract::Endpoint& endpoint);

// In credits: the endpoint's own price, one by a field, or by megapixels in and out.
double price_of(const Json& input, const contract::Endpoint& endpoint, image::Size size,
                const InputImages& images);
// Adds `input_mp` and `output_mp` to the note of a task that is priced by them.
void note_megapixels(Json& note, const contract::Endpoint& endpoint, image::Size size,
                     const InputImages& images);

// Why an input picture does not lie on the canvas of an outpainting; nullopt when it does, when it
// may be cropped, or when its size is unknown.
std::optional<std::string> canvas_problem(const Json& input, const contract::Endpoint& endpoint,
                                          const InputImages& images,
                                          const contract::Contract& contract);

// "20" of 20000000 pixels, "16" of 16777216: as the message of a limit has it.
std::string megapixels(double pixels);

}  // namespace emulator::bfl
