#pragma once

#include <string>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/base/yaml.h"

namespace emulator::compare {

// A YAML value as JSON, as YAML's own rules read plain scalars; `!!binary` as the bytes it stands
// for. Any other tag, such as one of Python's, is a failure: nothing is made of it. Its line counts
// from `line_before`.
Result<Json, std::string> json_of_yaml(const yaml::Node& node, int line_before = 0);

}  // namespace emulator::compare
