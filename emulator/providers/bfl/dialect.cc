// How BFL words what was decided. Its facts are in contract.yaml; section numbers below are those
// of README.md's list of sources.
#include "emulator/providers/bfl/dialect.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/json_writer.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/contract/wording.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/bfl/openapi.h"
#include "emulator/providers/bfl/submission.h"
#include "emulator/providers/bfl/wording.h"
#include "emulator/scenario/scenario.h"

namespace emulator {
namespace bfl {
namespace {

bool true_value(const contract::Contract& contract, std::string_view name) {
  const Json& value = contract.value(name);
  return value.is_boolean() && value.get<bool>();
}

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

// 2026010115: the hour of a time, as paths of the store begin with it.
std::string utc_hour(Instant at) {
  std::string text = rfc3339(at, 0).substr(0, 13);
  text.erase(10, 1).erase(7, 1).erase(4, 1);
  return text;
}

// The prompt the picture was made of: upsampled where the caller asked for that.
std::string used_prompt(const Task& task) {
  if (!task.note || task.note->find("\"used_prompt\"") == std::string::npos) return task.prompt;
  return Json::parse(*task.note).value("used_prompt", task.prompt);
}

// The store's request id and the time, as every error of it carries them.
Json store_args(const contract::Contract& contract, const Call& call) {
  Draw draw(hash_of(call.path, static_cast<std::uint64_t>(call.now.time_since_epoch().count())));
  std::string id = hex_id(draw, 8) + "-" + hex_id(draw, 4) + "-" + hex_id(draw, 4) + "-" +
                   hex_id(draw, 4) + "-" + hex_id(draw, 6) + "000000";
  return Json{{"request_id", std::move(id)},
              {"time", rfc3339(call.now, 7)},
              {"server", text_value(contract, "delivery_server")}};
}

// 32 bytes that only this sandbox can make for this path and expiry, in base64 as the store escapes
// it in a query: '+' and '=' escaped, '/' not.
std::string signature(const Sandbox& box, std::string_view path, std::string_view expiry) {
  Draw draw(hash_of(expiry, hash_of(path, hash_of("delivery", box.seed))));
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t word = draw.next();
    for (int k = 0; k < 8; ++k) bytes += static_cast<char>(word >> (8 * k));
  }
  return http::percent_encoded(base64(bytes), "/");
}

}  // namespace

std::string Dialect::key_of(const http::Request& request) const {
  if (const auto key = request.headers.get("x-key"); key && !trimmed(*key).empty())
    return std::string(trimmed(*key));
  if (true_value(contract_, "accept_bearer"))
    if (const auto header = request.headers.get("authorization");
        header && starts_with_name(*header, "Bearer "))
      return std::string(trimmed(header->substr(7)));
  return "";
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  Refusal refusal;
  // Routing comes first, then the body as JSON, then the key.
  if (call.route->on == On::kSubmit && endpoint_of(call, contract_) == nullptr) {
    refusal.kind = RefusalKind::kNotFound;
    refusal.error = "no_route";
    return refusal;
  }
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
  if (asks_for_form(standing) && !key.starts_with("emu.") &&
      !RE2::FullMatch(key, std::string(text_value(contract_, "key_form")))) {
    refusal.error = "malformed_key";
    return refusal;
  }
  return unwelcome(standing);
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return read_submission(call, contract_);
}

std::string Dialect::task_id(Draw& draw, Instant) const { return uuid_v4(draw); }

std::string Dialect::addressed(const Call& call) const { return call.parameter("id").value_or(""); }

http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView&) const {
  const Json note = task.note ? Json::parse(*task.note) : Json::object();
  JsonWriter body(256);
  body.open_object().member("id", task.id);
  if (task.webhook) {
    body.member("status", text_value(contract_, "webhook_status"));
    body.member("webhook_url", task.webhook->url);
  } else {
    body.member("polling_url", call.origin.link("api", "/v1/get_result?id=" + task.id));
  }
  body.member("cost", task.cost);
  body.member("input_mp", note.value("input_mp", Json()));
  body.member("output_mp", note.value("output_mp", Json()));
  return json_text_reply(200, body.close_object().take());
}

// The moderation reason or the error of a task that ended without a picture; null when it has none.
Json Dialect::details_of(const Task& task, const TaskView& view) const {
  if (view.made() || !view.done()) return nullptr;
  if (view.end == End::kInputModerated || view.end == End::kOutputModerated) {
    const std::string_view usual =
        text_value(contract_, view.end == End::kInputModerated ? "request_moderated_reason"
                                                               : "content_moderated_reason");
    return {{"Moderation Reasons", {scripted_message(contract_, task, usual)}}};
  }
  if (task.fate.script && task.fate.script->error)
    return {{"error", scripted_message(contract_, task, "")}};
  return nullptr;
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  const bool made = view.made();
  const std::string_view state = made                           ? "succeed"
                                 : view.done()                  ? word(view.end)
                                 : view.phase == Phase::kQueued ? "queued"
                                                                : "running";
  JsonWriter body(768);
  body.open_object().member("id", task.id);
  body.member("status", contract_.statuses.find(state)->second);
  if (made) {
    const double start = unix_seconds(view.started);
    const double end = unix_seconds(view.ended);
    body.key("result").open_object();
    body.member("sample", picture_link(call.origin, *call.box, task, 0, call.now));
    body.member("prompt", used_prompt(task));
    body.member("seed", task.seed);
    body.member("start_time", start).member("end_time", end).member("duration", end - start);
    body.close_object();
  } else {
    body.member("result", nullptr);
  }
  if (view.phase == Phase::kRunning) {
    const int digits = contract_.value("progress_digits").get<int>();
    body.member("progress", rounded(view.progress, digits));
  } else {
    body.member("progress", nullptr);
  }
  body.member("details", details_of(task, view)).member("preview", nullptr);
  return json_text_reply(200, body.close_object().take());
}

http::Reply Dialect::unknown_task(const Call& call) const {
  const auto id = call.parameter("id");
  if (!id) return json_reply(422, missing_parameter("id"));
  return error("not_found", {{"id", valid_utf8(*id)}});
}

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  if (!refusal.violations.empty()) {
    const Json body = {{"detail", contract::pydantic_detail(refusal.violations, {})}};
    // The framework cannot print a number that JSON has not, and fails.
    if (has_non_finite(body)) return error("server_error");
    return json_reply(422, body);
  }
  if (refusal.kind == RefusalKind::kNotFound && refusal.error.empty()) return unknown_task(call);
  return emulator::Dialect::refused(call, refusal);
}

Duration Dialect::link_life() const { return duration_value(contract_, "link_life"); }
std::optional<Duration> Dialect::kept_for() const { return duration_value(contract_, "kept_for"); }

// durable/<UTC hour>/<account>/<2 hex>/<6 hex><8 hex>/<32 hex>/sample.<ext>, the 8 being the first
// of the 32; the older form lacks hour and account.
std::string Dialect::picture_path(const Sandbox& box, const Task& task, int index) const {
  Draw draw = box.draw("bfl blob", task.serial * 16 + static_cast<unsigned>(index));
  const std::string blob = hex_id(draw, 32);
  std::string path;
  path.reserve(320);  // the query comes behind it
  if (text_value(contract_, "delivery_form") == "durable") {
    Draw account = box.draw("bfl account");
    path.append("/durable/").append(utc_hour(task.accepted)).append("/");
    path.append(uuid_v4(account)).append("/");
  } else {
    path = "/results/";
  }
  path.append(hex_id(draw, 2)).append("/").append(hex_id(draw, 6)).append(blob, 0, 8);
  path.append("/").append(blob).append("/sample.");
  return path.append(image::content_type(task.plan.format).substr(6));
}

std::string Dialect::picture_query(const Sandbox& box, const Task& task, std::string_view path,
                                   Instant signed_at) const {
  const std::string expiry =
      http::percent_encoded(rfc3339(signed_at + task.fate.links_live_for, 0));
  const Json& versions = contract_.value("delivery_version");
  const auto version = versions.find(text_value(contract_, "delivery_form"));
  std::string query;
  query.reserve(192);
  query.append("se=").append(expiry).append("&sp=r&sv=");
  if (version != versions.end()) query.append(version->get_ref<const std::string&>());
  query.append("&sr=b&rsct=").append(image::content_type(task.plan.format));
  return query.append("&sig=").append(signature(box, path, expiry));
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView&) const {
  const std::string expiry = call.parameter("se").value_or("");
  const auto until = parse_instant(expiry);
  Json args = store_args(contract_, call);
  const std::string whole = picture_query(*call.box, task, call.path,
                                          until ? *until - task.fate.links_live_for : Instant{});
  if (!until || call.query != whole) {
    args["detail"] = until ? "Signature did not match. String to sign used was r\n\n" + expiry +
                                 "\n/blob" + call.path + "\n"
                           : "Signature fields not well formed.";
    return error("link_tampered", args);
  }
  // A shared access signature is invalid from its expiry on.
  if (call.now < *until) return std::nullopt;
  args["start"] = http_date(*until - task.fate.links_live_for);
  args["expiry"] = http_date(*until);
  args["current"] = http_date(call.now);
  return error("link_expired", args);
}

http::Reply Dialect::picture_missing(const Call& call, Missing why) const {
  Json args = store_args(contract_, call);
  switch (why) {
    case Missing::kGone:
      return error("link_gone", args);
    case Missing::kExpired: {
      args["start"] = http_date(call.now - link_life() - std::chrono::seconds(1));
      args["expiry"] = http_date(call.now - std::chrono::seconds(1));
      args["current"] = http_date(call.now);
      return error("link_expired", args);
    }
    case Missing::kForbidden:
    case Missing::kUnknown:
      break;
  }
  args["detail"] = "Signature did not match. String to sign used was r\n\n" +
                   valid_utf8(call.parameter("se").value_or("")) + "\n/blob" +
                   valid_utf8(call.path) + "\n";
  return error("link_tampered", args);
}

void Dialect::picture_headers(const Call& call, const Task& task, http::Headers& headers) const {
  const Json args = store_args(contract_, call);
  const TaskView view = state_at(task, call.now);
  headers.add("content-md5", "");
  headers.add("last-modified", http_date(view.ended));
  headers.add("server", args.at("server"));
  headers.add("x-ms-request-id", args.at("request_id"));
  headers.add("x-ms-version", call.parameter("sv").value_or(""));
  headers.add("x-ms-creation-time", http_date(view.ended));
  headers.add("x-ms-blob-type", "BlockBlob");
}

void Dialect::other(const Call& call, Desk& desk, http::Respond respond) const {
  const std::string& name = call.route->name;
  if (name == "credits")
    return respond(json_reply(200, {{"credits", desk.credits(*call.box, provider_)}}));
  if (name == "openapi") return respond(json_reply(200, openapi_document(contract_)));
  if (name == "my_finetunes") return respond(json_reply(200, {{"finetunes", finetunes_of(call)}}));
  if (name == "finetune_details") {
    const auto id = call.parameter("finetune_id");
    if (!id) return respond(json_reply(422, missing_parameter("finetune_id")));
    const Json* known = call.box->find_note(provider_, "finetune " + *id);
    if (known == nullptr) return respond(error("no_route"));
    return respond(json_reply(200, {{"finetune_details", *known}}));
  }
  if (name == "delete_finetune" || name == "finetune" || name == "licence_usage")
    return respond(own_call(call));
  emulator::Dialect::other(call, desk, std::move(respond));
}

Json Dialect::finetunes_of(const Call& call) const {
  Json out = Json::array();
  for (const auto& [key, note] : call.box->account(provider_).notes)
    if (key.starts_with("finetune ")) out.push_back(key.substr(9));
  return out;
}

// The calls with a small body of their own: finetuning, and usage of licensed models.
http::Reply Dialect::own_call(const Call& call) const {
  auto body = validated(call, call.route->name == "licence_usage" ? usage_fields()
                              : call.route->name == "finetune"    ? finetune_fields()
                                                                  : finetune_id_fields());
  if (!body) return refused(call, body.error());
  if (call.route->name == "licence_usage") {
    const Json& slugs = contract_.value("licence_slugs");
    if (std::find(slugs.begin(), slugs.end(), std::string(call.capture("slug"))) == slugs.end())
      return error("no_route");
    return json_reply(200, {{"message", "Usage recorded"}});
  }
  if (call.route->name == "finetune") {
    Draw draw = call.box->next_draw("bfl finetune");
    const std::string id = uuid_v4(draw);
    Json note = *body;
    note.erase("file_data");
    call.box->put_note(provider_, "finetune " + id, std::move(note));
    return json_reply(200, {{"finetune_id", id}});
  }
  const std::string id = body->at("finetune_id").get<std::string>();
  const bool known = call.box->drop_note(provider_, "finetune " + id);
  return json_reply(200, {{"status", known ? "deleted" : "not found"},
                          {"message", known ? "Finetune deleted" : "Finetune not found"},
                          {"deleted_finetune_id", id},
                          {"timestamp", rfc3339(call.now, 6)}});
}

}  // namespace bfl

std::unique_ptr<Dialect> make_bfl(const contract::Contract& contract, std::uint16_t provider) {
  return std::make_unique<bfl::Dialect>(contract, provider);
}

}  // namespace emulator
