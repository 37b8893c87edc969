#pragma once

#include <string>

#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// The JSON Schema (2020-12) of scenario files, for editors. Made from the tables the loader reads
// by; of the vocabulary it has the providers' names and the profiles. It cannot say everything the
// loader checks (what a provider has, what can never match).
std::string schema_json(const Vocabulary& vocabulary);

}  // namespace emulator::scenario
