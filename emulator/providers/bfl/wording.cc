#include "emulator/providers/bfl/wording.h"

#include "emulator/scenario/scenario.h"

namespace emulator::bfl {

double recorded_seconds(Instant at) {
  const std::int64_t steps = at.time_since_epoch().count() / 10'000;  // of 10 us
  return static_cast<double>(steps) / 1e5;
}

bool failed_from_the_start(const Task& task) {
  return task.fate.end == End::kFailed && task.note &&
         task.note->find("\"late_error\"") != std::string::npos;
}

std::string scripted_message(const contract::Contract& contract, const Task& task,
                             std::string_view fallback) {
  if (failed_from_the_start(task)) {
    const std::string name = Json::parse(*task.note).at("late_error");
    const auto* known = contract.task_error<std::string>(name);
    return known == nullptr ? name : *known;
  }
  if (!task.fate.script || !task.fate.script->error) return std::string(fallback);
  const scenario::TaskError& error = *task.fate.script->error;
  if (const auto* known = contract.task_error<std::string>(error.name)) return *known;
  return error.message.empty() ? std::string(fallback) : error.message;
}

}  // namespace emulator::bfl
