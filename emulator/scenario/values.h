#pragma once

#include <string>

#include "emulator/base/json.h"
#include "emulator/base/yaml.h"

namespace emulator::scenario {

// The JSON value a YAML value stands for: unquoted `true`, `null` and numbers are no texts.
Json json_of(const yaml::Node& node);

// The other way; the nodes have no place. Texts count as quoted.
yaml::Node node_of(const Json& value);

// On one line, as it could stand in a file: `beach`, `{matches: ^a}`. Long texts are cut.
std::string shown(const yaml::Node& node);

}  // namespace emulator::scenario
