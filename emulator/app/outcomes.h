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

// Every outcome by the requests that can meet it, with what brings it about, and whether a good
// client gets what it wanted all the same: a list.
Json outcome_marks(Registry& registry);

// The outcomes as tables to read: a row an outcome, a column a provider. `columns` of a terminal,
// or 0.
std::string outcomes_page(const Json& outcomes, const std::vector<std::string>& providers,
                          std::size_t columns = 0);

}  // namespace emulator
