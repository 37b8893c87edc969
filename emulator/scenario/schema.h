#pragma once

#include <string>

namespace emulator::scenario {

// The JSON Schema (2020-12) of scenario files, for editors. Made from the tables the loader reads
// by. It cannot say everything the loader checks (what a provider has, what can never match).
std::string schema_json();

}  // namespace emulator::scenario
