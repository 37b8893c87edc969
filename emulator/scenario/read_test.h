#pragma once

#include "emulator/scenario/keys.h"
#include "emulator/scenario/reader.h"

namespace emulator::scenario {

inline constexpr std::string_view kTestForms =
    "a value, or {contains|matches|above|below|present: ...}";

Json scalar_schema();

// Reads a value to compare with, or a mapping of tests that must all hold: a condition for each.
// `condition` is what they have in common.
void read_tests(Reader& reader, const yaml::Node& node, Condition condition, When& when);

}  // namespace emulator::scenario
