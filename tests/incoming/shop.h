#pragma once

#include <optional>
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

std::string good_picture();                     // a PNG of 300 x 260
std::string as_data(const std::string& bytes);  // as a data address
// Its address on the emulator; without a life it never expires.
std::string uploaded(World& world, const std::string& bytes,
                     std::optional<Duration> life = std::nullopt);

// The body of an answer that has come.
Json json_of(const std::optional<http::Reply>& reply);

// What a client of that provider sees in the end, in one line: "made", or how it was
// refused or failed. `body` is what the model takes; wrappers are put around it.
std::string outcome(World& world, const std::string& provider, const contract::Endpoint& endpoint,
                    const Json& body);

}  // namespace emulator::test
