#pragma once

#include <string>
#include <vector>

namespace emulator::scenario {

// The JSON Schema (2020-12) of scenario files, for editors. Made from the tables the loader reads
// by; `providers` are the names that rules may name. It cannot say everything the loader checks
// (what a provider has, what can never match).
std::string schema_json(const std::vector<std::string>& providers);

}  // namespace emulator::scenario
