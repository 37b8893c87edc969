#include "emulator/providers/fal/ticket.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/text.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"

namespace emulator::fal {
namespace {

std::string_view state_of(const TaskView& view) {
  if (view.done()) return "ended";
  return view.phase == Phase::kQueued ? "queued" : "running";
}

Json begun(const Call& call, const contract::Contract& contract, const Task& task,
           std::string_view state) {
  const std::string address = call.origin.link("queue", ticket_path(task));
  Json body;
  body["status"] = contract.statuses.find(state)->second;
  body["request_id"] = task.id;
  body["response_url"] = address;
  body["status_url"] = address + "/status";
  body["cancel_url"] = address + "/cancel";
  return body;
}

// Steps of the work, each of which writes a line.
std::int64_t steps_of(const contract::Contract& contract, const Task& task) {
  const Json input = input_of(contract, task);
  if (input.is_object())
    if (const auto steps = input.find("num_inference_steps");
        steps != input.end() && steps->is_number_integer())
      return std::clamp<std::int64_t>(steps->get<std::int64_t>(), 1, 1'000);
  return contract.value("log_steps").get<std::int64_t>();
}

Instant work_begins(const Task& task) { return task.accepted + task.fate.queued_for; }

Instant line_at(const Task& task, std::int64_t step, std::int64_t steps) {
  return work_begins(task) + task.fate.running_for * step / steps;
}

std::int64_t lines_by(const Task& task, const TaskView& view, std::int64_t steps) {
  if (task.fate.polls > 0)
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(view.progress * static_cast<double>(steps)), 0, steps);
  const Instant until = view.done() ? std::min(view.now, view.ended) : view.now;
  if (until < work_begins(task) || task.fate.end == End::kInputModerated) return 0;
  if (task.fate.running_for <= Duration::zero()) return view.made() ? steps : 0;
  const auto done = (until - work_begins(task)).count();
  const auto each = std::max<Duration::rep>(task.fate.running_for.count() / steps, 1);
  return std::clamp<std::int64_t>(done / each, 0, steps);
}

}  // namespace

std::string ticket_path(const Task& task) {
  return "/" + app_path(task.endpoint).base + "/requests/" + task.id;
}

std::int64_t queue_position(const contract::Contract& contract, const Task& task, Instant now) {
  const Duration place = duration_value(contract, "queue_place");
  const Duration left = work_begins(task) - std::max(now, task.accepted);
  if (left <= Duration::zero() || place <= Duration::zero()) return 0;
  return (left.count() + place.count() - 1) / place.count() - 1;
}

Json ticket(const Call& call, const contract::Contract& contract, const Task& task,
            const TaskView& view) {
  std::string_view state = "queued";
  const bool at_work = view.phase != Phase::kQueued;
  if (text_value(contract, "submit_state") == "real")
    state = state_of(view);
  else if (at_work && extra_flag(endpoint_of(contract, task.endpoint), "fast"))
    state = "running";
  Json body = begun(call, contract, task, state);
  if (task.webhook) {
    // Beside the usual keys, right behind the id it equals.
    Json with = Json::object();
    for (const auto& [key, value] : body.items()) {
      with[key] = value;
      if (key == "request_id") with["gateway_request_id"] = task.id;
    }
    body = std::move(with);
  }
  body["logs"] = nullptr;
  body["metrics"] = Json::object();
  if (state == "queued") body["queue_position"] = queue_position(contract, task, view.now);
  return body;
}

bool wants_logs(const Call& call) {
  const std::string asked = lower_case(call.parameter("logs").value_or(""));
  return asked == "1" || asked == "true";
}

Json status_body(const Call& call, const contract::Contract& contract, const Task& task,
                 const TaskView& view, bool logs, std::size_t first) {
  const std::string_view state = state_of(view);
  Json body = begun(call, contract, task, state);
  if (state == "queued") body["queue_position"] = queue_position(contract, task, view.now);
  Json& lines = body["logs"] = nullptr;
  if (logs) {
    lines = Json::array();
    const std::int64_t steps = steps_of(contract, task);
    const std::int64_t count = lines_by(task, view, steps);
    for (std::int64_t step = static_cast<std::int64_t>(first) + 1; step <= count; ++step)
      lines.push_back({{"message", "Step " + std::to_string(step) + "/" + std::to_string(steps)},
                       {"level", "INFO"},
                       {"source", "USER"},
                       {"timestamp", rfc3339(line_at(task, step, steps), 6)}});
  }
  Json& metrics = body["metrics"] = Json::object();
  if (!view.done()) return body;
  const bool ran = view.ended > work_begins(task) || view.made();
  if (ran)
    metrics["inference_time"] =
        std::chrono::duration<double>(std::max(view.ended - view.started, Duration::zero()))
            .count();
  if (!view.made()) {
    const auto [error, type] = failure_in_status(failure_of(contract, task, view));
    body["error"] = error;
    body["error_type"] = type;
  }
  return body;
}

std::size_t log_lines(const contract::Contract& contract, const Task& task, const TaskView& view) {
  return static_cast<std::size_t>(lines_by(task, view, steps_of(contract, task)));
}

std::optional<Instant> next_change(const contract::Contract& contract, const Task& task,
                                   const TaskView& view, bool logs) {
  if (view.done() || task.fate.polls > 0) return std::nullopt;
  if (view.phase == Phase::kQueued) {
    const Duration place = duration_value(contract, "queue_place");
    const std::int64_t ahead = queue_position(contract, task, view.now);
    if (ahead == 0) return std::nullopt;
    return work_begins(task) - place * ahead;
  }
  if (!logs || task.fate.end == End::kStuck) return std::nullopt;
  const std::int64_t steps = steps_of(contract, task);
  const std::int64_t count = lines_by(task, view, steps);
  if (count >= steps) return std::nullopt;
  const Duration each{std::max<Duration::rep>(task.fate.running_for.count() / steps, 1)};
  return work_begins(task) + each * (count + 1);
}

}  // namespace emulator::fal
