#include "emulator/providers/fal/ticket.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/json_writer.h"
#include "emulator/base/text.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/names.h"

namespace emulator::fal {
namespace {

std::string_view state_of(const TaskView& view) {
  if (view.done()) return "ended";
  return view.phase == Phase::kQueued ? "queued" : "running";
}

// The members that ticket and status begin with.
void put_begin(JsonWriter& body, const Call& call, const contract::Contract& contract,
               const Task& task, std::string_view state, bool ticket_of_webhook = false) {
  const std::string address = call.origin.link("queue", ticket_path(task));
  body.member("status", contract.statuses.find(state)->second);
  body.member("request_id", task.id);
  // Beside the usual keys, right behind the id it equals.
  if (ticket_of_webhook) body.member("gateway_request_id", task.id);
  body.member("response_url", address);
  body.member("status_url", joined({address, "/status"}));
  body.member("cancel_url", joined({address, "/cancel"}));
}

// Steps of the work, each of which writes a line.
std::int64_t steps_of(const contract::Contract& contract, const Task& task) {
  const Json input = input_of(contract, task);
  if (input.is_object())
    if (const auto steps = input.find("num_inference_steps");
        steps != input.end() && steps->is_number_integer())
      return std::clamp<std::int64_t>(steps->get<std::int64_t>(), 1, 1'000);
  return facts_of(contract).log_steps;
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

// The lines that are written by now, from number `first` on.
void put_lines(JsonWriter& body, const contract::Contract& contract, const Task& task,
               const TaskView& view, std::size_t first) {
  const std::int64_t steps = steps_of(contract, task);
  const std::int64_t count = lines_by(task, view, steps);
  body.open_array();
  for (std::int64_t step = static_cast<std::int64_t>(first) + 1; step <= count; ++step) {
    body.open_object();
    body.member("message", "Step " + std::to_string(step) + "/" + std::to_string(steps));
    body.member("level", "INFO").member("source", "USER");
    body.member("timestamp", rfc3339(line_at(task, step, steps), 6));
    body.close_object();
  }
  body.close_array();
}

}  // namespace

std::string ticket_path(const Task& task) {
  return joined({"/", app_path(task.endpoint).base, "/requests/", task.id});
}

std::int64_t queue_position(const contract::Contract& contract, const Task& task, Instant now) {
  const Duration place = facts_of(contract).queue_place;
  const Duration left = work_begins(task) - std::max(now, task.accepted);
  if (left <= Duration::zero() || place <= Duration::zero()) return 0;
  return (left.count() + place.count() - 1) / place.count() - 1;
}

std::string ticket(const Call& call, const contract::Contract& contract, const Task& task,
                   const TaskView& view) {
  std::string_view state = "queued";
  const bool at_work = view.phase != Phase::kQueued;
  if (facts_of(contract).submit_state == "real")
    state = state_of(view);
  else if (at_work && facts_of(endpoint_of(contract, task.endpoint)).fast)
    state = "running";
  JsonWriter body;
  body.open_object();
  put_begin(body, call, contract, task, state, task.webhook != nullptr);
  body.member("logs", nullptr).key("metrics").open_object().close_object();
  if (state == "queued") body.member("queue_position", queue_position(contract, task, view.now));
  return body.close_object().take();
}

bool wants_logs(const Call& call) {
  const std::string asked = lower_case(call.parameter("logs").value_or(""));
  return asked == "1" || asked == "true";
}

std::string status_body(const Call& call, const contract::Contract& contract, const Task& task,
                        const TaskView& view, bool logs, std::size_t first) {
  const std::string_view state = state_of(view);
  JsonWriter body;
  body.open_object();
  put_begin(body, call, contract, task, state);
  if (state == "queued") body.member("queue_position", queue_position(contract, task, view.now));
  body.key("logs");
  if (logs)
    put_lines(body, contract, task, view, first);
  else
    body.put(nullptr);
  body.key("metrics").open_object();
  // Whatever got to the app has run for some time, if only to fail; what never left the queue has
  // not.
  if (view.done() && (view.made() || view.ended >= work_begins(task)))
    body.member("inference_time",
                std::chrono::duration<double>(std::max(view.ended - view.started, Duration::zero()))
                    .count());
  body.close_object();
  if (view.done() && !view.made()) {
    const auto [error, type] = failure_in_status(failure_of(contract, task, view));
    body.member("error", error).member("error_type", type);
  }
  return body.close_object().take();
}

std::size_t log_lines(const contract::Contract& contract, const Task& task, const TaskView& view) {
  return static_cast<std::size_t>(lines_by(task, view, steps_of(contract, task)));
}

std::optional<Instant> next_change(const contract::Contract& contract, const Task& task,
                                   const TaskView& view, bool logs) {
  if (view.done() || task.fate.polls > 0) return std::nullopt;
  if (view.phase == Phase::kQueued) {
    const Duration place = facts_of(contract).queue_place;
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
