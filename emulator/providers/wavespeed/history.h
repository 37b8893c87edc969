#pragma once

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// One page of the account's predictions, newest first: `data` of the answer.
Result<Json, Refusal> history_page(const emulator::Dialect& dialect, const Call& call, Desk& desk);

// Removes the predictions named in the body; ids that are unknown or another's are passed over.
Result<Json, Refusal> delete_predictions(const Call& call, Desk& desk);

// `data` of the calls about money and use, of both generations of the documentation.
Result<Json, Refusal> usage_stats(const Call& call, const contract::Contract& contract,
                                  std::uint16_t provider);
Result<Json, Refusal> billing_search(const Call& call, const contract::Contract& contract,
                                     std::uint16_t provider);
Json account_usage(const Call& call, std::uint16_t provider);
Json account_billings(const Call& call, const contract::Contract& contract);

}  // namespace emulator::wavespeed
