#pragma once

#include <string_view>

#include "emulator/scenario/reader.h"
#include "emulator/scenario/scenario.h"

// `allow` of a scenario: which findings about the client are not told.
namespace emulator::scenario {

// Reads a list whose entries are codes, or {code, provider, endpoint}.
void read_allow(Reader& reader, const yaml::Node& node, Scenario& scenario);

// Whether the scenario silences findings of that code, of that provider and endpoint.
bool allows(const Scenario& scenario, FindingCode code, std::string_view provider,
            std::string_view endpoint);

}  // namespace emulator::scenario
