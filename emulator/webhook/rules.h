#pragma once

#include <cstddef>

#include "emulator/contract/common.h"
#include "emulator/webhook/message.h"

namespace emulator::webhook {

// How a provider delivers a body of that size, by the values `webhook_*` of its contract.
Rules rules_of(const contract::CommonFacts& facts, std::size_t body_size);

}  // namespace emulator::webhook
