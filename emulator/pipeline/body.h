#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/task/seed.h"

// How bodies are read, by every provider alike: the body itself, members of it, and what the fields
// with a role bring. Pictures that come in: pipeline/incoming.h.
namespace emulator {

// False when the content type keeps a framework from reading the body as JSON; without a content
// type JSON is supposed.
bool is_json_body(const Call& call);

// What such a framework hands to validation: the JSON value; the raw text, put into `room`, when
// the content type is not JSON; null without a body, and when it is no JSON.
const Json& framework_body(const Call& call, Json& room);

// A member of an object: null, "", `otherwise` and nullopt when it is not there or of another kind.
const Json* member_in(const Json& object, std::string_view name);
std::string_view text_in(const Json& object, std::string_view name);
bool flag_in(const Json& object, std::string_view name, bool otherwise = false);
// A number of any kind, brought within `least` and `most`, without its fraction.
std::optional<int> number_in(const Json& object, std::string_view name, int least = -1'000'000'000,
                             int most = 1'000'000'000);

// What the fields of that role bring in a validated input: "", nullopt and "" for none. The word of
// a format that is null is the field's default.
std::string_view prompt_in(const Json& input, const std::vector<contract::Field>& fields);
std::optional<Seed> seed_in(const Json& input, const std::vector<contract::Field>& fields);
std::string_view format_word_in(const Json& input, const std::vector<contract::Field>& fields);

// "png" and "webp"; JPEG for any other word.
image::Format format_named(std::string_view word);

// Seconds since 1970 in UTC, without their fraction.
std::int64_t unix_seconds(Instant at);

}  // namespace emulator
