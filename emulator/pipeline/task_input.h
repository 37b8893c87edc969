#pragma once

#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/task/task.h"

namespace emulator {

// The fields of an endpoint, or those that stand for ids the contract does not list (its endpoint
// `generic`); null when it has neither.
const std::vector<contract::Field>* fields_of(const contract::Contract& contract,
                                              std::string_view endpoint);

// The accepted body of a task, defaults filled in, in field order; null when there was none.
Json input_of(const contract::Contract& contract, const Task& task);

// Whether the scenario had picture `index` of the task flagged.
bool flagged(const Task& task, int index);

}  // namespace emulator
