// The prediction object: the same facts in the form of 2025 (A, ten members, as recorded) or of
// 2026 (B, as model pages show completed runs).
#include "emulator/providers/wavespeed/prediction.h"

#include <cmath>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/pipeline/pictures.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/scenario/scenario.h"

namespace emulator::wavespeed {
namespace {

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// `code` and `error` of a task that did not come to a picture.
struct Trouble {
  Json code = 0;
  std::string error;
};

Trouble trouble_of(const contract::Contract& contract, const Task& task, const TaskView& view) {
  if (!view.done() || view.made() || view.end == End::kCancelled) return {};
  std::string name = view.end == End::kTimedOut ? "timeout"
                     : view.end == End::kFailed ? facts_of(contract).failed_as
                                                : "moderated";
  Trouble out;
  const scenario::TaskError* scripted =
      task.fate.script && task.fate.script->error ? &*task.fate.script->error : nullptr;
  if (scripted != nullptr && !scripted->name.empty()) name = scripted->name;
  // What was wrong from the start goes before what a scenario says.
  const std::string own = view.end == End::kFailed && task.note
                              ? Json::parse(*task.note).value("trouble", "")
                              : std::string();
  if (!own.empty()) {
    name = own;
    scripted = nullptr;
  }
  if (const auto* known = contract.task_error<ErrorFacts>(name)) {
    out.code = known->code;
    out.error = known->message;
  }
  if (scripted != nullptr && scripted->name.empty()) {
    if (!scripted->code.is_null()) out.code = scripted->code;
    if (!scripted->message.empty()) out.error = scripted->message;
  }
  return out;
}

bool asked_for(const Task& task, const char* name) {
  return task.note && Json::parse(*task.note).value(name, false);
}

Json outputs_of(const emulator::Dialect& dialect, const Call& call, const Sandbox& box,
                const Task& task, const TaskView& view) {
  Json outputs = Json::array();
  if (!view.made()) return outputs;
  const bool bare = asked_for(task, "base64");
  for (int i = 0; i < task.plan.count; ++i) {
    if (bare) {
      const auto trouble = task.fate.script ? task.fate.script->image : std::nullopt;
      image::Picture picture = picture_of(dialect, task, i, trouble);
      // It is drawn here and now, on the loop: no texture that would take its time.
      if (!image::is_quick(picture)) picture.style = image::Style::kCells;
      outputs.push_back(base64(image::render(picture)));
    } else {
      outputs.push_back(dialect.pictures()->picture_link(call.origin, box, task, i, call.now));
    }
  }
  return outputs;
}

Json urls_of(const contract::Contract& contract, const Call& call, const Task& task) {
  const char* version = call.path.starts_with("/api/v2/") ? "/api/v2" : "/api/v3";
  return {{"get", call.origin.link("api", version + ("/predictions/" + task.id) +
                                              facts_of(contract).result_suffix)}};
}

Json flags_of(const contract::Contract& contract, const Task& task, const TaskView& view) {
  if (facts_of(contract).nsfw_contents == "null") return nullptr;
  Json flags = Json::array();
  if (view.made())
    for (int i = 0; i < task.plan.count; ++i) flags.push_back(flagged(task, i));
  return flags;
}

}  // namespace

Json amount(double value) {
  const double rounded = std::round(value * 1e6) / 1e6;
  if (std::trunc(rounded) == rounded && std::abs(rounded) < 1e15)
    return static_cast<std::int64_t>(rounded);
  return rounded;
}

std::string_view status_of(const contract::Contract& contract, const Task& task,
                           const TaskView& view) {
  const std::string_view state = task.deleted                   ? "deleted"
                                 : view.done()                  ? to_string(view.end)
                                 : view.phase == Phase::kQueued ? "queued"
                                                                : "running";
  const auto known = contract.statuses.find(state == "succeed" ? "succeed" : state);
  return known == contract.statuses.end() ? std::string_view() : std::string_view(known->second);
}

Json prediction(const emulator::Dialect& dialect, const Call& call, const Sandbox& box,
                const Task& task, const TaskView& view, Form form) {
  const contract::Contract& contract = dialect.contract();
  Json data;
  data["id"] = task.id;
  if (task.deleted) {
    data["model"] = task.endpoint;
    data["status"] = status_of(contract, task, view);
    return data;
  }
  const bool newer = facts_of(contract).response_profile == "B";
  const std::int64_t took = view.made() ? milliseconds(view.ended - view.started) : 0;
  const Instant created = form == Form::kSubmit
                              ? std::chrono::floor<std::chrono::milliseconds>(task.accepted)
                              : task.accepted;
  Trouble trouble = trouble_of(contract, task, view);
  if (newer && form != Form::kHistory && form != Form::kWebhook) {
    data["code"] = std::move(trouble.code);
    data["urls"] = urls_of(contract, call, task);
    data["error"] = std::move(trouble.error);
    data["model"] = task.endpoint;
    data["status"] = status_of(contract, task, view);
    data["outputs"] = outputs_of(dialect, call, box, task, view);
    data["timings"] = {{"inference", took}};
    data["created_at"] = rfc3339_trimmed(created);
    return data;
  }
  if (trouble.code != 0 && form != Form::kHistory && form != Form::kWebhook)
    data["code"] = std::move(trouble.code);
  data["model"] = task.endpoint;
  const bool echoed = call.path.starts_with("/api/v2/") && facts_of(contract).echo_input_v2;
  if (form == Form::kWebhook ? facts_of(contract).webhook_input : echoed)
    data["input"] = input_of(contract, task);
  data["outputs"] = outputs_of(dialect, call, box, task, view);
  data["urls"] = urls_of(contract, call, task);
  if (form != Form::kHistory) data["has_nsfw_contents"] = flags_of(contract, task, view);
  data["status"] = status_of(contract, task, view);
  data["created_at"] = rfc3339_trimmed(created);
  data["error"] = std::move(trouble.error);
  data["executionTime"] = took;
  data["timings"] = {{"inference", took}};
  return data;
}

Json still_processing(const emulator::Dialect& dialect, const Call& call, const Task& task) {
  const contract::Contract& contract = dialect.contract();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(facts_of(contract).sync_wait);
  return {{"id", task.id},
          {"status", contract.statuses.find("running")->second},
          {"code", 5004},
          {"error", "Sync mode timed out after " + std::to_string(seconds.count()) +
                        " seconds. The prediction is still processing asynchronously."},
          {"urls", urls_of(contract, call, task)},
          {"outputs", Json::array()}};
}

}  // namespace emulator::wavespeed
