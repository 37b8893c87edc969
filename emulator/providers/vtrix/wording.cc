#include "emulator/providers/vtrix/wording.h"

#include <chrono>
#include <cmath>

#include "emulator/providers/vtrix/facts.h"
#include "emulator/scenario/scenario.h"

namespace emulator::vtrix {

std::string id_of(std::string_view form, Draw& draw, Instant now) {
  if (form == "xid") return xid(draw, now);
  if (form == "hex") return hex_id(draw, 32);
  if (form != "ulid") return uuid_v4(draw);
  constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";
  auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<Millis>(now.time_since_epoch()).count());
  std::string time(10, '0');
  for (std::size_t i = time.size(); i-- > 0; ms >>= 5) time[i] = kCrockford[ms & 31];
  return time + text_id(draw, 16, kCrockford);
}

std::string request_id(const contract::Contract& contract, Draw& draw, Instant now) {
  const Facts& facts = facts_of(contract);
  return facts.request_id_prefix + id_of(facts.request_id_form, draw, now);
}

std::string protocol_of(const Task& task) {
  return Json::parse(*task.note).at("protocol").get<std::string>();
}

Reason reason_of(const contract::Contract& contract, const Task& task, const TaskView& view) {
  const auto known = [&contract](std::string_view name) {
    return contract.task_error<ErrorFacts>(name);
  };
  const ErrorFacts* usual = known(to_string(view.end));
  if (usual == nullptr) usual = known("failed");
  Reason reason;
  if (usual != nullptr) reason = {usual->code, usual->message, usual->type};
  const Json note = Json::parse(*task.note);
  if (note.contains("late_error")) {
    const ErrorFacts* invalid = known("request_invalid");
    return {facts_of(contract).late_error_code, note.at("late_error").get<std::string>(),
            invalid == nullptr ? reason.type : invalid->type};
  }
  if (!task.fate.script || !task.fate.script->error) return reason;
  const scenario::TaskError& error = *task.fate.script->error;
  if (const ErrorFacts* named = known(error.name))
    return {named->code, named->message, named->type.empty() ? reason.type : named->type};
  if (!error.code.is_null()) reason.code = error.code;
  if (!error.message.empty()) reason.message = error.message;
  return reason;
}

Json plain_number(double value) {
  if (value == std::trunc(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json seconds_of_work(const TaskView& view) {
  const auto took = std::chrono::duration<double>(view.ended - view.started).count();
  return plain_number(std::round(took * 100) / 100);
}

}  // namespace emulator::vtrix
