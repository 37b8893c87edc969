#include "emulator/pipeline/task_input.h"

#include <cstddef>

#include "emulator/contract/packed_input.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

const std::vector<contract::Field>* fields_of(const contract::Contract& contract,
                                              std::string_view endpoint) {
  const contract::Endpoint* facts = contract.endpoint(endpoint);
  if (facts == nullptr) facts = contract.endpoint("generic");
  return facts == nullptr ? nullptr : &facts->fields;
}

Json input_of(const contract::Contract& contract, const Task& task) {
  return contract::unpacked_input(task.packed_input, fields_of(contract, task.endpoint),
                                  task.prompt);
}

bool flagged(const Task& task, int index) {
  if (task.fate.script && !task.fate.script->nsfw.empty()) {
    const auto& flags = task.fate.script->nsfw;
    return static_cast<std::size_t>(index) < flags.size() && flags[static_cast<std::size_t>(index)];
  }
  return task.fate.end == End::kNsfw;
}

}  // namespace emulator
