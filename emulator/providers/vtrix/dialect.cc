// How Vtrix words what was decided. Its facts are in contract.yaml, their sources in README.md.
#include "emulator/providers/vtrix/dialect.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/credentials.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/providers/vtrix/catalogue.h"
#include "emulator/providers/vtrix/facts.h"
#include "emulator/providers/vtrix/queue.h"
#include "emulator/providers/vtrix/submission.h"
#include "emulator/providers/vtrix/wording.h"

namespace emulator {
namespace vtrix {
namespace {

// A code as a number, for the shape of errors that has one; texts without digits stay.
Json numeric(const Json& code) {
  if (!code.is_string()) return code;
  const std::string& text = code.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() ? Json(number) : code;
}

}  // namespace

std::string Dialect::key_of(const http::Request& request) const {
  for (const std::string_view scheme : {"Bearer", "Key"})
    if (const auto key = credentials(request, scheme)) return std::string(trimmed(*key));
  return "";
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  // The catalogue and the pictures are open to everybody.
  if (call.route->door != "api") return std::nullopt;
  const std::string key = key_of(*call.request);
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  if (key.empty()) {
    refusal.error = "no_key";
    return refusal;
  }
  if (is_malformed(key, standing, contract_)) return refusal;
  return unwelcome(standing);
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return read_submission(call, contract_);
}

std::string Dialect::task_id(const Call& call, Draw& draw) const {
  return is_queue(call) ? queue_id(contract_, draw, call.now) : xid(draw, call.now);
}

bool Dialect::addresses(const Call& call, const Task& task) const {
  if (!is_queue(call)) return protocol_of(task) == kGeneration;
  return protocol_of(task) == kQueue && call.capture("model") == task.endpoint;
}

Json Dialect::error_of(const Task& task, const TaskView& view) const {
  const Reason reason = reason_of(contract_, task, view);
  const std::string& shape = facts_of(contract_).error_shape;
  if (shape == "string") return reason.message;
  if (shape == "error_message")
    return {{"code", numeric(reason.code)}, {"error_message", reason.message}};
  return {{"code", reason.code}, {"message", reason.message}};
}

Json Dialect::head_of(const Task& task, std::string_view status) const {
  Json body;
  body["id"] = task.id;
  body["created_at"] =
      std::chrono::duration_cast<std::chrono::seconds>(task.accepted.time_since_epoch()).count();
  body["status"] = contract_.statuses.find(status)->second;
  body["model"] = task.endpoint;
  return body;
}

void Dialect::put_result(const Call& call, const Task& task, const TaskView& view,
                         Json& body) const {
  const std::string url = picture_link(call.origin, *call.box, task, 0, call.now);
  body["output"] = Json::array({{{"content", Json::array({{{"type", "image"}, {"url", url}}})}}});
  body["usage"] = {{"cost", compact_json(plain_number(task.cost))},
                   {"discount", plain_number(facts_of(contract_).discount)}};
  Json& metadata = body["metadata"] = Json::object();
  if (facts_of(contract_).metadata_timing) metadata["inference_time"] = seconds_of_work(view);
}

http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView& view) const {
  if (is_queue(call)) return queue_accepted(contract_, call, task);
  const std::string& failure = facts_of(contract_).submit_failure;
  const bool failed = view.done() && !view.made() && failure != "in_progress";
  Json body = head_of(task, view.made() ? "succeed" : failed ? "failed" : "running");
  if (view.made()) put_result(call, task, view, body);
  if (failed) body["error"] = error_of(task, view);
  if (failed && failure == "error") body.erase("id");
  return json_reply(200, body);
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  if (call.route->on == On::kResult)
    return queue_result(contract_, call, task, view,
                        view.made() ? picture_link(call.origin, *call.box, task, 0, call.now) : "");
  if (is_queue(call)) return queue_status(contract_, call, task, view);
  Json body = head_of(task, view.made() ? "succeed" : view.done() ? "failed" : "running");
  if (view.made()) {
    put_result(call, task, view, body);
  } else if (view.done()) {
    body["error"] = error_of(task, view);
  } else {
    const double scale = std::pow(10.0, facts_of(contract_).progress_digits);
    body["progress"] = plain_number(std::round(view.progress * scale) / scale);
  }
  return json_reply(200, body);
}

http::Reply Dialect::unknown_task(const Call& call) const {
  if (call.route->on == On::kCancel)
    return json_reply(404, {{"status", contract_.statuses.find("cancel_unknown")->second}});
  if (is_queue(call)) return error("unknown_request");
  Refusal refusal;
  refusal.kind = RefusalKind::kNotFound;
  return refused(call, refusal);
}

http::Reply Dialect::cancelled(const Call&, const Task&, const TaskView& view) const {
  return queue_cancelled(contract_, view);
}

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  Refusal worded = refusal;
  const bool scripted = worded.error.empty();
  if (scripted && worded.kind == RefusalKind::kNotFound && is_queue(call))
    worded.error = "unknown_request";
  if (scripted && worded.kind == RefusalKind::kOutOfCredit &&
      facts_of(contract_).balance_form == "402")
    worded.error = "out_of_credit_402";
  if (!worded.args.contains("message"))
    worded.args["message"] = contract::text_named(facts_of(contract_).messages, "any", "");
  Draw draw = call.draw("vtrix request");
  worded.args["request_id"] = request_id(contract_, draw, call.now);
  return emulator::Dialect::refused(call, worded);
}

// Paths that exist by another method are unknown like any other: clients count on 404.
http::Reply Dialect::no_route(const Call&) const { return error("no_route"); }

std::span<const OwnCall> Dialect::own_calls() {
  static constexpr OwnCall kCalls[] = {
      {"catalogue", kOwn<&Dialect::catalogue>},
      {"spec", kOwn<&Dialect::spec>},
      {"queue_stream", kOwn<&Dialect::queue_stream>},
  };
  return kCalls;
}

http::Reply Dialect::catalogue(const Call& call, Desk&) const {
  return catalogue_list(contract_, call);
}

http::Reply Dialect::spec(const Call& call, Desk&) const {
  const std::string_view model = call.capture("model");
  if (const contract::Endpoint* endpoint = contract_.endpoint(model))
    return catalogue_spec(contract_, call, *endpoint);
  const std::string kind = model_kind(contract_, model);
  return kind.empty() ? error("unknown_spec")
                      : refused(call, not_emulated_model(contract_, model, kind));
}

http::Reply Dialect::queue_stream(const Call&, Desk&) const { return error("no_stream"); }

std::string Dialect::picture_path(const Sandbox&, const Task& task, int index) const {
  const std::string number = index == 0 ? "" : "-" + std::to_string(index + 1);
  const std::string type(image::content_type(task.plan.format).substr(6));
  return "/outputs/" + task.id + "/output" + number + "." +
         std::string(contract::text_named(facts_of(contract_).picture_endings, type, type));
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView& view) const {
  if (call.now < view.ended + task.fate.links_live_for) return std::nullopt;
  return picture_missing(call, Missing::kExpired);
}

http::Reply Dialect::picture_missing(const Call&, Missing why) const {
  return error(why == Missing::kForbidden ? "file_forbidden" : "file_missing");
}

Duration Dialect::link_life() const { return contract_.common.link_life; }

}  // namespace vtrix

ProviderCode code_of_vtrix() {
  return {made_dialect<vtrix::Dialect>, vtrix::Dialect::own_calls(), vtrix::tables()};
}

}  // namespace emulator
