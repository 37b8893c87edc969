#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator {

// What the code of a provider's folder hands to the engine, beside its contract.
struct ProviderCode {
  // The contract outlives the dialect.
  std::unique_ptr<Dialect> (*make)(const contract::Contract& contract, std::uint16_t provider);
  std::span<const OwnCall> own_calls = {};  // live as long as the process
};

}  // namespace emulator
