#pragma once

#include "emulator/scenario/reader.h"

// What is allowed and yet can have no effect.
namespace emulator::scenario {

// Rules that can never match.
void warn_never(Reader& reader, const Scenario& scenario);

// Keys of one `then`, read as `read`, that do nothing to the kind of request its rule is for, or
// nothing beside one another, and a reply that only looks like a refusal.
void warn_meaningless(Reader& reader, const yaml::Node& then, const Then& read, const When& when);

}  // namespace emulator::scenario
