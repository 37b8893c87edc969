#include "emulator/providers/vtrix/queue.h"

#include <chrono>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/providers/vtrix/facts.h"
#include "emulator/providers/vtrix/wording.h"

namespace emulator::vtrix {
namespace {

using contract::Contract;

std::string address(const Call& call, const Task& task, std::string_view of) {
  return call.origin.link("api", "/model/v1/queue/" + http::percent_encoded(task.endpoint) +
                                     "/requests/" + task.id + "/" + std::string(of));
}

const std::string& status(const Contract& contract, std::string_view name) {
  return contract.statuses.find(name)->second;
}

// The members that tell of a failure; an ended request is COMPLETED all the same.
void put_error(const Contract& contract, const Task& task, const TaskView& view, Json& body) {
  const Reason reason = reason_of(contract, task, view);
  const std::string& shape = facts_of(contract).queue_error_shape;
  if (shape == "object")
    body["error"] = {{"code", reason.code}, {"message", reason.message}};
  else
    body["error"] = facts_of(contract).queue_error_text;
  body["error_type"] = reason.type;
  if (shape != "provider_error") return;
  body["provider_error"] = {
      {"code", reason.code}, {"message", reason.message}, {"task_status", "failed"}};
  body["logs"] =
      Json::array({{{"message", reason.message}, {"timestamp", rfc3339(view.ended, 3)}}});
}

Json status_body(const Contract& contract, const Call& call, const Task& task,
                 const TaskView& view) {
  Json body;
  const char* const name = view.done()                    ? "queue_ended"
                           : view.phase == Phase::kQueued ? "queue_queued"
                                                          : "queue_running";
  body["status"] = status(contract, name);
  body["request_id"] = task.id;
  if (view.phase == Phase::kQueued) body["queue_position"] = 0;
  body["response_url"] = address(call, task, "response");
  if (!view.done()) return body;
  body["metrics"] = {{"inference_time", seconds_of_work(view)}};
  if (!view.made()) put_error(contract, task, view, body);
  return body;
}

}  // namespace

std::string queue_id(const Contract& contract, Draw& draw, Instant now) {
  const Facts& facts = facts_of(contract);
  return facts.queue_id_prefix + id_of(facts.queue_id_form, draw, now);
}

http::Reply queue_accepted(const Contract& contract, const Call& call, const Task& task) {
  Json body;
  body["request_id"] = task.id;
  if (const std::string& word = facts_of(contract).queue_create_status; !word.empty())
    body["status"] = word;
  body["response_url"] = address(call, task, "response");
  body["status_url"] = address(call, task, "status");
  body["cancel_url"] = address(call, task, "cancel");
  body["queue_position"] = 0;
  return json_reply(facts_of(contract).queue_create_http, body);
}

http::Reply queue_status(const Contract& contract, const Call& call, const Task& task,
                         const TaskView& view) {
  return json_reply(facts_of(contract).queue_status_http, status_body(contract, call, task, view));
}

http::Reply queue_result(const Contract& contract, const Call& call, const Task& task,
                         const TaskView& view, const std::string& link) {
  if (!view.done()) return json_reply(202, status_body(contract, call, task, view));
  if (!view.made())
    return json_reply(facts_of(contract).queue_failed_result,
                      status_body(contract, call, task, view));
  Json body;
  body["request_id"] = task.id;
  if (facts_of(contract).queue_result_form == "output") {
    body["output"] =
        Json::array({{{"content", Json::array({{{"type", "image"}, {"url", link}}})}}});
  } else {
    const std::string type(image::content_type(task.plan.format));
    body["outputs"] = Json::array({{{"type", "image"},
                                    {"url", link},
                                    {"content_type", type},
                                    {"file_name", "image." + type.substr(6)},
                                    {"width", task.plan.width},
                                    {"height", task.plan.height}}});
  }
  body["metadata"] = {{"prompt", valid_utf8(task.prompt)}};
  return json_reply(200, body);
}

http::Reply queue_cancelled(const Contract& contract, const TaskView& view) {
  if (view.done()) return json_reply(400, {{"status", status(contract, "cancel_late")}});
  return json_reply(202, {{"status", status(contract, "cancel_taken")}});
}

}  // namespace emulator::vtrix
