// How BFL words what was decided. Its facts are in contract.yaml; section numbers below are those
// of README.md's list of sources.
#include "emulator/providers/bfl/dialect.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/json_writer.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/contract/wording.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/credentials.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/bfl/facts.h"
#include "emulator/providers/bfl/openapi.h"
#include "emulator/providers/bfl/plan.h"
#include "emulator/providers/bfl/submission.h"
#include "emulator/providers/bfl/wording.h"
#include "emulator/scenario/scenario.h"

namespace emulator {
namespace bfl {
namespace {

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

// As Python's UUID reads a text: 32 hex digits, dashes, braces and a `urn:uuid:` left aside.
bool is_uuid(std::string_view text) {
  constexpr std::string_view kUrn = "urn:uuid:";
  if (text.starts_with(kUrn)) text.remove_prefix(kUrn.size());
  std::size_t digits = 0;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0)
      ++digits;
    else if (c != '-' && c != '{' && c != '}')
      return false;
  }
  return digits == 32;
}

// What the contract says of a task's endpoint; as of any other when it is gone from it.
const EndpointFacts& endpoint_facts(const contract::Contract& contract, const Task& task) {
  static const EndpointFacts kUsual;
  const contract::Endpoint* endpoint = contract.endpoint(task.endpoint);
  return endpoint == nullptr ? kUsual : facts_of(*endpoint);
}

// The prompt the picture was made of: upsampled where the caller asked for that.
std::string used_prompt(const Task& task) {
  if (!task.note || task.note->find("\"used_prompt\"") == std::string::npos) return task.prompt;
  return Json::parse(*task.note).value("used_prompt", task.prompt);
}

}  // namespace

std::string Dialect::key_of(const http::Request& request) const {
  if (const auto key = request.headers.get("x-key"); key && !trimmed(*key).empty())
    return std::string(trimmed(*key));
  return facts_of(contract_).accept_bearer ? bearer_token(request) : "";
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  Refusal refusal;
  // Routing comes first, then the body as JSON, then the key.
  if (call.route->method == "POST" && is_json_body(call))
    if (auto unreadable = body_refusal(call)) return unreadable;
  const std::string& route = call.route->name;
  const bool open = route == "get_result" || route == "openapi" || call.route->on == On::kDownload;
  if (open) return std::nullopt;
  const std::string key = key_of(*call.request);
  refusal.kind = RefusalKind::kUnauthenticated;
  if (key.empty()) {
    refusal.error = "no_key";
    return refusal;
  }
  if (is_malformed(key, standing, contract_)) {
    refusal.error = "malformed_key";
    return refusal;
  }
  return unwelcome(standing);
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return read_submission(call, contract_);
}

// A finetune is looked for last, so that a scenario may decide before.
std::optional<Refusal> Dialect::declined(const Call& call, const Task& task) const {
  const contract::Endpoint* endpoint = contract_.endpoint(task.endpoint);
  if (endpoint == nullptr || endpoint->field("finetune_id") == nullptr) return std::nullopt;
  const Json input = input_of(contract_, task);
  if (knows_finetune(call, contract_, std::string(text_in(input, "finetune_id"))))
    return std::nullopt;
  Refusal refusal;
  refusal.error = "unknown_finetune";
  return refusal;
}

std::string Dialect::task_id(const Call&, Draw& draw) const { return uuid_v4(draw); }

std::string Dialect::addressed(const Call& call) const { return call.parameter("id").value_or(""); }

// The service names the cluster that took the task. Only who reaches us by a real host can reach
// another one.
std::string Dialect::polling_address(const Call& call, const std::string& path) const {
  const std::string& host = facts_of(contract_).polling_host;
  if (host.empty() || call.origin.via != Origin::Via::kHost ||
      call.origin.authority.find("localhost") != std::string::npos)
    return call.origin.link("api", path);
  Origin cluster = call.origin;
  cluster.authority =
      host + std::string(call.origin.authority.substr(without_port(call.origin.authority).size()));
  return cluster.link("api", path);
}

http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView&) const {
  const Json note = task.note ? Json::parse(*task.note) : Json::object();
  JsonWriter body(256);
  body.open_object().member("id", task.id);
  if (task.webhook) {
    body.member("status", facts_of(contract_).webhook_status);
    body.member("webhook_url", task.webhook->url);
  } else {
    body.member("polling_url", polling_address(call, "/v1/get_result?id=" + task.id));
  }
  if (!costs_later(task))
    body.member("cost", task.cost);
  else if (facts_of(contract_).later_cost != "absent")
    body.member("cost", nullptr);
  body.member("input_mp", note.value("input_mp", Json()));
  body.member("output_mp", note.value("output_mp", Json()));
  return json_text_reply(200, body.close_object().take());
}

// The moderation reason or the error of a task that ended without a picture; null when it has none.
Json Dialect::details_of(const Task& task, const TaskView& view) const {
  if (view.made() || !view.done()) return nullptr;
  if (view.end == End::kInputModerated || view.end == End::kOutputModerated) {
    const Facts& facts = facts_of(contract_);
    const std::string_view usual = view.end == End::kInputModerated
                                       ? facts.request_moderated_reason
                                       : facts.content_moderated_reason;
    return {{"Moderation Reasons", {scripted_message(contract_, task, usual)}}};
  }
  if (failed_from_the_start(task) || (task.fate.script && task.fate.script->error))
    return {{"error", scripted_message(contract_, task, "")}};
  return nullptr;
}

// The status of a task at work: one for all its time, or those its endpoint goes through.
std::string_view Dialect::status_of(const Task& task, const TaskView& view) const {
  if (view.phase == Phase::kRunning)
    for (const Stage& stage : endpoint_facts(contract_, task).stages)
      if (view.progress < stage.until) return stage.status;
  const std::string_view state = view.made()                    ? "succeed"
                                 : view.done()                  ? to_string(view.end)
                                 : view.phase == Phase::kQueued ? "queued"
                                                                : "running";
  return contract_.statuses.find(state)->second;
}

// Of FLUX.1 and FLUX 3 the price is said by the poll that shows the picture, not by the answer to
// the submission.
bool Dialect::costs_later(const Task& task) const {
  return !endpoint_facts(contract_, task).cost.empty();
}

// A failed task is shown with 200, or with what the contract says for its endpoint.
unsigned Dialect::status_code(const Task& task, const TaskView& view) const {
  if (!view.done() || (view.end != End::kFailed && view.end != End::kTimedOut)) return 200;
  for (const auto& [glob, status] : facts_of(contract_).failed_status)
    if (glob_matches(glob, task.endpoint)) return status;
  return 200;
}

void Dialect::put_result(JsonWriter& body, const Call& call, const Task& task,
                         const TaskView& view) const {
  const double start = recorded_seconds(view.started);
  const double end = recorded_seconds(view.ended);
  body.key("result").open_object();
  body.member("sample", picture_link(call.origin, *call.box, task, 0, call.now));
  body.member("prompt", used_prompt(task));
  if (!endpoint_facts(contract_, task).seedless) body.key("seed").raw(task.seed.shown());
  body.member("start_time", start).member("end_time", end).member("duration", end - start);
  body.close_object();
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  JsonWriter body(768);
  body.open_object().member("id", task.id);
  body.member("status", status_of(task, view));
  if (view.made())
    put_result(body, call, task, view);
  else
    body.member("result", nullptr);
  if (view.phase == Phase::kRunning) {
    const int digits = facts_of(contract_).progress_digits;
    body.member("progress", rounded(view.progress, digits));
  } else {
    body.member("progress", nullptr);
  }
  body.member("details", details_of(task, view)).member("preview", nullptr);
  if (view.made() && costs_later(task)) body.member("cost", task.cost);
  return json_text_reply(status_code(task, view), body.close_object().take());
}

http::Reply Dialect::unknown_task(const Call& call) const {
  const auto id = call.parameter("id");
  if (!id) return json_reply(422, missing_parameter("id"));
  if (facts_of(contract_).malformed_id == "invalid_id" && !is_uuid(*id)) return error("invalid_id");
  return error("not_found", {{"id", valid_utf8(*id)}});
}

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  if (!refusal.violations.empty()) {
    const Json body = {{"detail", contract::pydantic_detail(refusal.violations, {})}};
    // The framework cannot print a number that JSON has not, and fails.
    if (has_non_finite(body)) return error("server_error");
    return json_reply(422, body);
  }
  if (!refusal.error.empty()) return emulator::Dialect::refused(call, refusal);
  return scripted(call, refusal);
}

// A refusal that a scenario asks for, in the words of the place where it is met.
http::Reply Dialect::scripted(const Call& call, const Refusal& refusal) const {
  const std::string& route = call.route->name;
  if (refusal.kind == RefusalKind::kNotFound) {
    if (route == "get_result")
      return error("not_found", {{"id", valid_utf8(call.parameter("id").value_or(""))}});
    return error(route == "finetune_details" ? "no_finetune" : "no_route");
  }
  Refusal worded = refusal;
  if (refusal.kind == RefusalKind::kInvalidInput)
    worded.args["detail"] = invalid_detail(call, facts_of(contract_).invalid_input_text);
  return emulator::Dialect::refused(call, worded);
}

// Video.
http::Reply Dialect::not_emulated(const Call& call) const {
  return *not_emulated_model(contract_, call.path.substr(4), "video").reply;
}

std::span<const OwnCall> Dialect::own_calls() {
  static constexpr OwnCall kCalls[] = {
      {"credits", kOwn<&Dialect::credits>},
      {"openapi", kOwn<&Dialect::openapi>},
      {"my_finetunes", kOwn<&Dialect::my_finetunes>},
      {"finetune_details", kOwn<&Dialect::finetune_details>},
      {"finetune", kOwn<&Dialect::finetune>},
      {"delete_finetune", kOwn<&Dialect::delete_finetune>},
      {"licence_usage", kOwn<&Dialect::licence_usage>},
  };
  return kCalls;
}

http::Reply Dialect::credits(const Call& call, Desk& desk) const {
  return json_reply(200, {{"credits", desk.credits(call)}});
}

http::Reply Dialect::openapi(const Call&, Desk&) const {
  return json_text_reply(
      200, openapi_.text("", [this] { return compact_json(openapi_document(contract_)); }));
}

http::Reply Dialect::my_finetunes(const Call& call, Desk&) const {
  return json_reply(200, {{"finetunes", finetunes_of(call)}});
}

http::Reply Dialect::finetune_details(const Call& call, Desk&) const {
  const auto id = call.parameter("finetune_id");
  if (!id) return json_reply(422, missing_parameter("finetune_id"));
  const Json* known = call.notes.find("finetune " + *id);
  if (known == nullptr && !knows_finetune(call, contract_, *id)) return error("no_finetune");
  return json_reply(200, {{"finetune_details", known != nullptr ? *known : Json::object()}});
}

Json Dialect::finetunes_of(const Call& call) const {
  Json out = Json::array();
  for (const std::string& shared : facts_of(contract_).finetunes)
    if (shared.find('*') == std::string::npos) out.push_back(shared);
  constexpr std::string_view kNote = "finetune ";
  call.notes.each(
      kNote, [&](const std::string& key, const Json&) { out.push_back(key.substr(kNote.size())); });
  return out;
}

http::Reply Dialect::licence_usage(const Call& call, Desk&) const {
  if (const auto body = validated(call, usage_fields()); !body) return refused(call, body.error());
  const std::vector<std::string>& slugs = facts_of(contract_).licence_slugs;
  if (std::find(slugs.begin(), slugs.end(), std::string(call.capture("slug"))) == slugs.end())
    return error("no_route");
  return json_reply(200, {{"message", "Usage recorded"}});
}

http::Reply Dialect::finetune(const Call& call, Desk&) const {
  auto body = validated(call, finetune_fields());
  if (!body) return refused(call, body.error());
  Draw draw = call.draw("bfl finetune");
  const std::string id = uuid_v4(draw);
  body->erase("file_data");
  call.notes.put("finetune " + id, std::move(*body));
  return json_reply(200, {{"finetune_id", id}});
}

http::Reply Dialect::delete_finetune(const Call& call, Desk&) const {
  const auto body = validated(call, finetune_id_fields());
  if (!body) return refused(call, body.error());
  const std::string id = body->at("finetune_id").get<std::string>();
  const bool known = call.notes.drop("finetune " + id);
  return json_reply(200, {{"status", known ? "deleted" : "not found"},
                          {"message", known ? "Finetune deleted" : "Finetune not found"},
                          {"deleted_finetune_id", id},
                          {"timestamp", rfc3339(call.now, 6)}});
}

}  // namespace bfl

ProviderCode code_of_bfl() {
  return {made_dialect<bfl::Dialect>, bfl::Dialect::own_calls(), bfl::tables()};
}

}  // namespace emulator
