#pragma once

#include <string>

#include "emulator/base/json.h"
#include "emulator/pipeline/registry.h"

// `list values`: what stands under `values` of the contracts, made from the tables that read them.
namespace emulator {

// {"bfl": {"link_life": {"about": ..., "kind": "a duration such as 10m", "value": "10m",
// "guess": true, "common": true}, ...}}; `value` is missing where the contract leaves it out.
Json contract_values(Registry& registry);

// The tables as a page of Markdown, docs/values.md.
std::string values_page(Registry& registry);

}  // namespace emulator
