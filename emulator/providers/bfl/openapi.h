#pragma once

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"

namespace emulator::bfl {

// The OpenAPI 3.1 document of the emulated API, made from the contract: every path and schema, no
// prose.
Json openapi_document(const contract::Contract& contract);

}  // namespace emulator::bfl
