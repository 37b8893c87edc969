#pragma once

#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/pipeline/registry.h"

// `list outcomes`: what each provider can be made to end with and to refuse, and how it words it.
namespace emulator {

// {"ends": {"nsfw": {"fal": "COMPLETED", "bfl": "as output_moderated", ...}},
//  "refusals": {"rate_limited": {"bfl": {"status": 429, "body": {...}}, ...}},
//  "errors": {"fal": ["no_media_generated", ...]}}
// An end is worded by the status that a poll shows. What a provider does not have is left out.
Json outcomes(Registry& registry, const WallClock& wall);

// The same as tables to read: a row an outcome, a column a provider.
std::string outcomes_page(const Json& outcomes, const std::vector<std::string>& providers);

}  // namespace emulator
