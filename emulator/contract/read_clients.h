#pragma once

#include "emulator/contract/contract.h"
#include "emulator/contract/part.h"

namespace emulator::contract {

// The keys `sdk`, `profiles`, `target_headers` and `trigger` of document 1, as far as they are
// there.
void read_clients(Reader& read, const Part& document, Doors& doors);

}  // namespace emulator::contract
