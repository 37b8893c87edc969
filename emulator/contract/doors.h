#pragma once

#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/contract/part.h"

namespace emulator::contract {

// Document 1, or the like keys of a user's file. Keys that it does not know are not its business.
// `checked`: its patterns are known to be good, so that they need not be compiled to find out.
Doors read_doors(Reader& read, const Part& document, bool checked = false);

bool is_doors_key(std::string_view key);  // of document 1
bool is_facts_key(std::string_view key);  // of document 2

// Reports the keys of a document that nobody knows.
void check_keys(Reader& read, const Part& document, bool doors, bool facts);

// Document number `index` (from 0) of a source, or why there is none.
Result<yaml::Node, yaml::Problem> document_of(const Source& source, std::size_t index);

// A whole document, which must be a mapping: its Part, or none and a problem. An empty one is an
// empty mapping.
std::optional<Part> read_document(Reader& read, const yaml::Node& node, std::size_t file);

}  // namespace emulator::contract
