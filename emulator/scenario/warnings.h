#pragma once

#include "emulator/scenario/reader.h"

// What is allowed and yet can have no effect.
namespace emulator::scenario {

// Rules that can never match.
void warn_never(Reader& reader, const Scenario& scenario);

// Keys of one `then` that do nothing to the kind of request its rule is for.
void warn_meaningless(Reader& reader, const yaml::Node& then, const When& when);

}  // namespace emulator::scenario
