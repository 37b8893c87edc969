#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/contract/part.h"

namespace emulator::contract {

// A type as a contract writes it: "string", "url", ...
std::string_view to_string(Type type);

// One field as a contract writes it: a mapping, or only the word of its type.
Field read_field(Reader& read, std::string name, const Part& part);

// A mapping of names to fields, in the order written.
std::vector<Field> read_fields(Reader& read, const Part& part);

// `endpoints:`, each with the fields of its `like`, its groups (`use`) and its own.
std::vector<Endpoint> read_endpoints(Reader& read, const Part& endpoints, const Part* groups);

}  // namespace emulator::contract
