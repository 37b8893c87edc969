// How Apiframe words what was decided. Its facts are in contract.yaml, their sources in README.md.
#include "emulator/providers/apiframe/dialect.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/credentials.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/providers/apiframe/account.h"
#include "emulator/providers/apiframe/facts.h"
#include "emulator/providers/apiframe/jobs.h"
#include "emulator/providers/apiframe/legacy.h"
#include "emulator/providers/apiframe/submission.h"
#include "emulator/providers/apiframe/upload.h"

namespace emulator {
namespace apiframe {
namespace {

constexpr std::string_view kPrefix = "afk_";

Json whole(const Json& number) {
  return std::llround(std::max(0.0, number.is_number() ? number.get<double>() : 0.0));
}

Refusal unauthenticated(const char* error) {
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  refusal.error = error;
  return refusal;
}

}  // namespace

// The legacy API has the key bare, or after "Bearer".
std::string Dialect::key_of(const http::Request& request) const {
  if (const auto key = request.headers.get("x-api-key"); key && !trimmed(*key).empty())
    return std::string(trimmed(*key));
  const auto header = request.headers.get("authorization");
  if (!header) return "";
  return std::string(trimmed(credentials(request, "Bearer").value_or(*header)));
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  if (call.route->door != "api" || call.route->name == "models" || call.route->name == "openapi")
    return std::nullopt;
  const bool legacy = is_legacy(call);
  const std::string key =
      legacy || call.request->headers.has("x-api-key") ? key_of(*call.request) : std::string();
  if (key.empty()) return unauthenticated("no_key");
  const bool ours = key.starts_with("emu.");
  if (!ours && facts_of(contract_).refuse_foreign_keys) {
    if (!legacy && !key.starts_with(kPrefix)) return unauthenticated("v1_key_on_v2");
    if (legacy && key.starts_with(kPrefix)) return unauthenticated("v2_key_on_v1");
  }
  for (const std::string& pattern : facts_of(contract_).inactive_keys)
    if (glob_matches(pattern, key)) {
      Refusal refusal;
      refusal.kind = RefusalKind::kForbidden;
      return refusal;
    }
  if (!legacy && is_malformed(key, standing, contract_)) return unauthenticated("");
  return unwelcome(standing);
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return is_legacy(call) ? read_legacy(call, contract_) : read_job(call, contract_);
}

std::string Dialect::task_id(const Call&, Draw& draw) const { return uuid_v4(draw); }

std::string Dialect::addressed(const Call& call) const {
  if (!is_legacy(call)) return lower_case(call.capture("id"));
  const auto& body = call.json();
  if (!body || !body->is_object()) return "";
  const auto id = body->find("task_id");
  return id != body->end() && id->is_string() ? id->get<std::string>() : std::string();
}

bool Dialect::addresses(const Call& call, const Task& task) const {
  return is_job(task) != is_legacy(call);
}

http::Reply Dialect::json(unsigned status, const Json& body) const {
  http::Reply reply = json_reply(status, body);
  reply.headers.set("content-type", facts_of(contract_).json_type);
  return reply;
}

// With the id that the SDK puts into its errors.
http::Reply Dialect::stamped(const Call& call, http::Reply reply) const {
  if (facts_of(contract_).request_id != "uuid" || reply.headers.has("x-request-id")) return reply;
  Draw draw = call.draw("apiframe request");
  reply.headers.set("x-request-id", uuid_v4(draw));
  return reply;
}

std::vector<std::string> Dialect::links_of(const Call& call, const Task& task,
                                           const TaskView& view) const {
  std::vector<std::string> links;
  if (!view.made()) return links;
  for (int i = 0; i < task.plan.count; ++i)
    links.push_back(picture_link(call.origin, *call.box, task, i, call.now));
  return links;
}

// A repeated submission is told where its job stands now.
http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView& view) const {
  if (is_legacy(call)) return stamped(call, json(200, {{"task_id", task.id}}));
  TaskView told = view;
  if (told.end == End::kCancelled) told.end = End::kFailed;  // not among the words of this answer
  const bool anew = task.accepted == call.now;
  const std::string status =
      anew ? contract_.statuses.find("queued")->second : status_of(contract_, told);
  const unsigned http = anew ? 202 : facts_of(contract_).idempotency_http;
  return stamped(call, json(http, {{"jobId", task.id}, {"status", status}}));
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  const auto links = links_of(call, task, view);
  if (is_legacy(call)) return stamped(call, json(200, legacy_body(contract_, task, view, links)));
  Json body = job_body(contract_, task, view, links);
  if (facts_of(contract_).job_input) body["input"] = input_of(contract_, task);
  if (is_expired(task, view)) body["expired"] = true;
  return stamped(call, json(200, body));
}

http::Reply Dialect::unknown_task(const Call& call) const {
  if (is_legacy(call)) return stamped(call, error("v1_unknown"));
  return stamped(call, error(is_uuid(call.capture("id")) ? "not_found" : "bad_id"));
}

// The price of the model that a submission names; 0 when it names none.
double Dialect::price_asked(const Call& call) const {
  const auto& body = call.json();
  if (!body || !body->is_object()) return 0;
  const auto model = body->find("model");
  if (model == body->end() || !model->is_string()) return 0;
  const contract::Endpoint* endpoint = contract_.endpoint(model->get_ref<const std::string&>());
  return endpoint == nullptr ? 0 : endpoint->price;
}

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  Refusal worded = refusal;
  if (worded.kind == RefusalKind::kOutOfCredit) {
    // A scripted refusal knows no figures: what was asked for costs more than nothing.
    if (!worded.args.contains("required")) worded.args["required"] = price_asked(call);
    for (const char* name : {"required", "available"})
      worded.args[name] = whole(worded.args.value(name, Json(0)));
  }
  if (worded.kind == RefusalKind::kInvalidInput && worded.error.empty() &&
      !worded.args.contains("details"))
    worded.args["details"] = Json::object();
  if (worded.kind == RefusalKind::kRateLimited && !worded.retry_after)
    worded.retry_after = facts_of(contract_).retry_after;
  return stamped(call, is_legacy(call) ? legacy_refused(call, worded)
                                       : emulator::Dialect::refused(call, worded));
}

// The legacy API has some answers of its own, and says the others in a form of its own.
http::Reply Dialect::legacy_refused(const Call& call, const Refusal& refusal) const {
  const bool own_words = refusal.error == "v1_refused" || refusal.error == "v2_key_on_v1";
  const std::string own = "v1_" + std::string(to_string(refusal.kind));
  if (!own_words && !refusal.reply && contract_.errors.contains(own)) return error(own);
  http::Reply reply = emulator::Dialect::refused(call, refusal);
  if (own_words || refusal.reply) return reply;
  const auto body = decode_json(reply.body);
  if (body && body->is_object() && body->contains("error"))
    reply.body = compact_json({{"errors", Json::array({{{"msg", body->at("error")}}})}});
  return reply;
}

http::Reply Dialect::no_route(const Call& call) const { return stamped(call, error("no_route")); }

std::span<const OwnCall> Dialect::own_calls() {
  static constexpr OwnCall kCalls[] = {
      {"jobs", kOwn<&Dialect::stamped_by<&Dialect::job_list>>},
      {"me", kOwn<&Dialect::stamped_by<&Dialect::me>>},
      {"models", kOwn<&Dialect::stamped_by<&Dialect::models>>},
      {"uploads", kOwn<&Dialect::stamped_by<&Dialect::uploads>>},
      {"v1_account", kOwn<&Dialect::stamped_by<&Dialect::legacy_account>>},
      {"v1_fetch_many", kOwn<&Dialect::stamped_by<&Dialect::legacy_tasks>>},
  };
  return kCalls;
}

http::Reply Dialect::me(const Call& call, Desk& desk) const {
  return json(200, me_body(call, contract_, key_of(*call.request), desk.credits(call)));
}

http::Reply Dialect::models(const Call& call, Desk&) const {
  const auto models = models_body(call, contract_);
  return models ? json(200, *models) : refused(call, models.error());
}

http::Reply Dialect::uploads(const Call& call, Desk& desk) const {
  const auto made = take_upload(call, desk, provider_, contract_);
  return made ? json(201, *made) : refused(call, made.error());
}

http::Reply Dialect::job_list(const Call& call, Desk& desk) const {
  const auto query = read_query(call, contract_);
  if (!query) return refused(call, query.error());
  std::vector<const Task*> jobs;
  std::vector<std::string> models;
  for (const Task& task : call.box->tasks.all()) {
    if (task.provider != provider_ || task.deleted || !is_job(task)) continue;
    const TaskView view = state_at(task, call.now);
    if (view.done() && view.end == End::kVanished) continue;
    if (std::find(models.begin(), models.end(), task.endpoint) == models.end())
      models.push_back(task.endpoint);
    if (!query->status.empty() && status_of(contract_, view) != query->status) continue;
    if (!query->model.empty() && task.endpoint != query->model) continue;
    if (!query->search.empty() && task.id != lower_case(query->search)) continue;
    jobs.push_back(&task);
  }
  const auto younger = [](const Task* a, const Task* b) {
    return a->accepted != b->accepted ? a->accepted > b->accepted : a->id > b->id;
  };
  std::sort(jobs.begin(), jobs.end(), younger);
  auto from = jobs.begin();
  if (!query->after.empty()) {
    const Task* const last = desk.find_task(call, query->after);
    if (last == nullptr) return refused(call, bad_cursor(contract_));
    from = std::upper_bound(jobs.begin(), jobs.end(), last, younger);
  }
  const auto left = static_cast<std::size_t>(jobs.end() - from);
  const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, query->limit));

  Json body;
  Json& shown = body["jobs"] = Json::array();
  for (auto it = from; it != to; ++it) {
    const TaskView view = state_at(**it, call.now);
    desk.know_pictures(call, **it, view);
    Json job = job_body(contract_, **it, view, links_of(call, **it, view));
    job["expired"] = is_expired(**it, view);
    shown.push_back(std::move(job));
  }
  const bool more = to != jobs.end();
  body["nextCursor"] = more ? Json(cursor_of((*(to - 1))->id)) : Json();
  body["hasMore"] = more;
  if (query->models) {
    std::sort(models.begin(), models.end());
    body["models"] = models;
  }
  return json(200, body);
}

http::Reply Dialect::legacy_account(const Call& call, Desk& desk) const {
  std::size_t pictures = 0;
  for (const Task& task : call.box->tasks.all())
    if (task.provider == provider_ && state_at(task, call.now).made())
      pictures += static_cast<std::size_t>(pictures_of(task));
  return json(200, {{"email", facts_of(contract_).user_email},
                    {"credits", whole(desk.credits(call))},
                    {"plan", facts_of(contract_).v1_plan},
                    {"next_billing_date", facts_of(contract_).v1_next_billing_date},
                    {"total_images", pictures}});
}

http::Reply Dialect::legacy_tasks(const Call& call, Desk& desk) const {
  const auto ids = many_ids(call, contract_);
  if (!ids) return refused(call, ids.error());
  Json tasks = Json::array();
  for (const std::string& id : *ids) {
    const Task* const task = desk.find_task(call, id);
    if (task == nullptr || is_job(*task)) continue;
    const TaskView view = state_at(*task, call.now);
    desk.know_pictures(call, *task, view);
    tasks.push_back(legacy_body(contract_, *task, view, links_of(call, *task, view)));
  }
  return json(200, {{"tasks", std::move(tasks)}});
}

// <job>-<n>.<ending>, n from 1; the grid of a Midjourney job is <job>-grid.<ending>.
std::string Dialect::picture_path(const Sandbox&, const Task& task, int index) const {
  const bool grid = has_grid(task) && index == task.plan.count - 1;
  const std::string type(image::content_type(task.plan.format).substr(6));
  return "/images/" + task.id + "-" + (grid ? "grid" : std::to_string(index + 1)) + "." +
         std::string(contract::text_named(facts_of(contract_).picture_endings, type, type));
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView& view) const {
  if (!is_expired(task, view)) return std::nullopt;
  return picture_missing(call, Missing::kExpired);
}

http::Reply Dialect::picture_missing(const Call&, Missing why) const {
  return error(why == Missing::kForbidden ? "file_forbidden" : "file_missing");
}

Duration Dialect::link_life() const {
  constexpr auto kForGood = std::chrono::hours(24) * 36'500;
  return facts_of(contract_).retention.life.value_or(kForGood);
}

}  // namespace apiframe

ProviderCode code_of_apiframe() {
  return {made_dialect<apiframe::Dialect>, apiframe::Dialect::own_calls(), apiframe::tables()};
}

}  // namespace emulator
