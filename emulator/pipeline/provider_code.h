#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator {

// What the code of a provider's folder hands to the engine, beside its contract.
struct ProviderCode {
  // The contract outlives the dialect.
  std::unique_ptr<Dialect> (*make)(const contract::Contract& contract, std::uint16_t provider);
  std::span<const OwnCall> own_calls = {};  // live as long as the process
  contract::OwnTables facts = {};           // what it reads of the contract by itself
};

// `dialect` as `View`, where its class inherits that.
template <class View, class Own>
const View* view_of(const Own& dialect) {
  if constexpr (std::is_base_of_v<View, Own>)
    return &dialect;
  else
    return nullptr;
}

// A dialect of the class `Own`, with what it can beside.
template <class Own>
std::unique_ptr<Dialect> made_dialect(const contract::Contract& contract, std::uint16_t provider) {
  auto dialect = std::make_unique<Own>(contract, provider);
  dialect->settle({view_of<PictureWording>(*dialect), view_of<WebhookWording>(*dialect),
                   view_of<Streaming>(*dialect), view_of<Cancelling>(*dialect)});
  return dialect;
}

}  // namespace emulator
