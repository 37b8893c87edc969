#pragma once

#include <string>
#include <vector>

#include "emulator/contract/contract.h"
#include "tests/support/world.h"

// Submissions with pictures to every provider, made from the contracts: whatever field takes a
// picture is met, in contracts to come as well.
namespace emulator::test {

// A field that takes pictures, by its names from the body's root.
struct PictureField {
  std::vector<std::string> path;
  bool list = false;
  std::size_t most = 0;  // of a list: how many it takes; 0: any number
};
std::vector<PictureField> picture_fields(const contract::Endpoint& endpoint);

// The smallest body the endpoint takes, with `value` at `field`; in a list behind a good picture
// where it takes two.
Json body_with(const contract::Endpoint& endpoint, const PictureField& field,
               const std::string& value);
// Where `value` then is: "image", "images[1]", "fluxParams.image_prompt".
std::string place_in(const PictureField& field);
// The same as fal and FastAPI have it: ["body","images",1].
Json loc_in(const PictureField& field);

std::string good_picture();                                    // a PNG of 600 x 400
std::string as_data(const std::string& bytes);                 // as a data address
std::string uploaded(World& world, const std::string& bytes);  // its address, on the emulator

// What a client of that provider sees in the end, in one line: "made 600x400", or how it was
// refused or failed. `body` is what the model takes; wrappers are put around it.
std::string outcome(World& world, const std::string& provider, const contract::Endpoint& endpoint,
                    const Json& body);

}  // namespace emulator::test
