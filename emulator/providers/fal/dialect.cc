// How fal words what was decided. Its facts are in contract.yaml, their sources in README.md.
#include "emulator/providers/fal/dialect.h"

#include <algorithm>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/output.h"
#include "emulator/providers/fal/streams.h"
#include "emulator/providers/fal/submission.h"
#include "emulator/providers/fal/ticket.h"
#include "emulator/providers/fal/token.h"
#include "emulator/providers/fal/webhook.h"

namespace emulator {
namespace fal {
namespace {

// The credentials a request carries: the scheme in lower case, and what follows it.
struct Credentials {
  std::string scheme;
  std::string_view value;
};

Credentials credentials_of(const http::Request& request) {
  const std::string_view header = trimmed(request.headers.get("authorization").value_or(""));
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos) return {"", header};
  return {lower_case(header.substr(0, blank)), trimmed(header.substr(blank + 1))};
}

bool is_jwt(std::string_view text) { return std::count(text.begin(), text.end(), '.') == 2; }

void allow_browser(const http::Request& request, http::Headers& headers) {
  if (!request.headers.has("origin")) return;
  headers.set("access-control-allow-origin", "*");
  headers.set("access-control-allow-credentials", "true");
}

// Owner and app of the path a request names, as "fal-ai/flux-pro".
std::string base_in(const Call& call) {
  const std::string_view path = std::string_view(call.path).substr(1);
  return std::string(path.substr(0, path.find("/requests/")));
}

Json decoded(const std::shared_ptr<const std::string>& note) {
  if (!note) return Json::object();
  auto value = decode_json(*note);
  return value ? std::move(*value) : Json::object();
}

}  // namespace

namespace {

// A page that goes through a proxy sends no key: `/fal/proxy/NAME` names the sandbox instead.
std::string sandbox_of_proxy(const http::Request& request) {
  if (!request.headers.has("x-fal-target-url")) return "";
  for (const std::string_view proxy : {"/fal/proxy/", "/api/fal/proxy/"})
    if (request.path.starts_with(proxy)) {
      const std::string_view rest = std::string_view(request.path).substr(proxy.size());
      return http::percent_decoded(rest.substr(0, rest.find('/')));
    }
  return "";
}

}  // namespace

std::string Dialect::key_of(const http::Request& request) const {
  const Credentials given = credentials_of(request);
  if (const auto box = sandbox_in_token(given.scheme == "bearer" ? given.value : "")) return *box;
  if (!given.value.empty()) return std::string(given.value);
  for (const char* name : {"fal_jwt_token", "upload_token"})
    if (request.query.find(name) != std::string::npos)
      if (const auto token = request.parameter(name))
        if (const auto box = sandbox_in_token(*token)) return *box;
  return sandbox_of_proxy(request);
}

// A client that goes through a proxy leaves its credentials to it.
bool Dialect::is_proxied(const Call& call) const {
  return !call.origin.here.empty() && facts_of(contract_).proxy_has_key;
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  const std::string& door = call.route->door;
  if (door == "cdn" || call.route->name == "jwks" || call.route->name == "realtime")
    return std::nullopt;
  return judged(call, standing, door, door == "queue" && call.route->on != On::kSubmit);
}

std::optional<Refusal> Dialect::judged(const Call& call, KeyStanding standing,
                                       std::string_view door, bool reads_queue) const {
  const Credentials given = credentials_of(*call.request);
  const char* const none = door == "rest"       ? "no_rest_key"
                           : door == "platform" ? "platform_unauthenticated"
                                                : "no_key";
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  if (given.value.empty()) {
    if (reads_queue || is_proxied(call)) return std::nullopt;
    const auto token = call.parameter("fal_jwt_token");
    if (token && claims_in(*call.box, *token)) return std::nullopt;
    refusal.error = none;
    return refusal;
  }
  if (!asks_for_form(standing) || given.value.starts_with("emu.")) return unwelcome(standing);
  if (given.scheme == "bearer" && !is_jwt(given.value)) {
    refusal.error = "bad_bearer";
    return refusal;
  }
  const auto colon = given.value.find(':');
  if (given.scheme == "key" &&
      (colon == std::string_view::npos || colon == 0 || colon + 1 == given.value.size())) {
    refusal.error = "malformed_key";
    return refusal;
  }
  if (given.scheme != "key" && given.scheme != "bearer") {
    refusal.error = none;
    return refusal;
  }
  // A token that this sandbox made was asked for with a good key.
  if (given.scheme == "bearer" && claims_in(*call.box, given.value)) return std::nullopt;
  return unwelcome(standing);
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return read_submission(call, contract_);
}

std::string Dialect::task_id(const Call& call, Draw& draw) const { return uuid_v7(draw, call.now); }

bool Dialect::addresses(const Call& call, const Task& task) const {
  return came_by_queue(task) && app_path(task.endpoint).base == base_in(call);
}

std::optional<Refusal> Dialect::declined(const Call& call, const Task& task) const {
  if (!task.note || task.note->find("\"max_queue\"") == std::string::npos) return std::nullopt;
  const Json note = decoded(task.note);
  const auto longest = note.find("max_queue");
  if (longest == note.end() ||
      queue_position(contract_, task, call.now) <= longest->get<std::int64_t>())
    return std::nullopt;
  Refusal refusal;
  refusal.kind = RefusalKind::kRateLimited;
  refusal.error = "queue_full";
  return refusal;
}

http::Reply Dialect::dressed(const Call& call, http::Reply reply, std::string_view id) const {
  if (id.empty()) {
    Draw draw = call.draw("fal exchange");
    reply.headers.set("x-fal-request-id", uuid_v7(draw, call.now));
  } else {
    reply.headers.set("x-fal-request-id", std::string(id));
  }
  allow_browser(*call.request, reply.headers);
  return reply;
}

http::Reply Dialect::ended(const Call& call, const Task& task, const TaskView& view) const {
  http::Reply reply =
      view.made() ? result_of(*this, call, task, view) : failure_of(contract_, task, view).reply();
  return dressed(call, std::move(reply), task.id);
}

http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView& view) const {
  if (came_by_queue(task))
    return dressed(call, json_text_reply(200, ticket(call, contract_, task, view)), task.id);
  // The pipeline let go of a direct call that had not begun in time.
  if (view.done() && view.end == End::kCancelled && task.cancelled)
    return dressed(call, error("timeout"), task.id);
  if (!view.done()) return dressed(call, error("late_run"), task.id);
  return ended(call, task, view);
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  if (call.route->on == On::kPoll) {
    std::string body = status_body(call, contract_, task, view, wants_logs(call));
    return dressed(call, json_text_reply(view.done() ? 200 : 202, std::move(body)), task.id);
  }
  if (!view.done()) return dressed(call, error("in_progress"), task.id);
  return ended(call, task, view);
}

http::Reply Dialect::unknown_task(const Call& call) const {
  return dressed(call, error(call.route->on == On::kResult ? "unknown_result" : "unknown_status"));
}

http::Reply Dialect::cancelled(const Call& call, const Task& task, const TaskView& view) const {
  return dressed(call, error(view.done() ? "late_cancel" : "accepted_cancel"), task.id);
}

bool Dialect::lets_go(const Task&, const TaskView& view) const {
  return view.phase == Phase::kQueued || facts_of(contract_).cancel_running == "ends";
}

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  if (refusal.reply) {
    http::Reply reply = *refusal.reply;
    if (!reply.headers.has("x-emulator-error")) return dressed(call, std::move(reply));
    allow_browser(*call.request, reply.headers);  // ours, so it bears no id of fal's
    return reply;
  }
  Refusal known = refusal;
  if (call.door == "platform" && refusal.error.empty())
    if (const std::string own = "platform_" + std::string(to_string(refusal.kind));
        contract_.errors.find(own) != contract_.errors.end())
      known.error = own;
  known.args.emplace("application", app_path(clean_endpoint(call.capture("endpoint"))).app);
  if (known.error.empty()) {
    switch (refusal.kind) {
      case RefusalKind::kUnauthenticated:
        known.error = call.door == "rest" ? "no_rest_key" : facts_of(contract_).wrong_key;
        break;
      case RefusalKind::kNotFound:
        if (call.route->door == "queue" && call.route->on != On::kSubmit) return unknown_task(call);
        if (call.route->on == On::kAccount) return no_route(call);
        if (call.route->door == "cdn") return picture_missing(call, Missing::kGone);
        break;
      case RefusalKind::kRateLimited:
        if (call.route->name == "submit") known.error = "queue_full";
        break;
      case RefusalKind::kInvalidInput:
        return dressed(call, named_error(contract_, "input_value_error", Json::object()).reply());
      case RefusalKind::kBadGateway:
      case RefusalKind::kUnavailable:
      case RefusalKind::kGatewayTimeout:
        return emulator::Dialect::refused(call, refusal);  // the ingress: no id of fal's
      default:
        break;
    }
  }
  if (known.error == "no_key") known.args["application"] = app_path(clean_endpoint(call.path)).base;
  return dressed(call, emulator::Dialect::refused(call, known));
}

http::Reply Dialect::preflight(const Call& call) const {
  http::Reply reply;
  const http::Headers& asked = call.request->headers;
  reply.headers.add("content-type", "text/plain; charset=utf-8");
  reply.headers.add("vary", "Origin");
  reply.headers.add("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  reply.headers.add("access-control-max-age", "600");
  reply.headers.add("access-control-allow-credentials", "true");
  reply.headers.add("access-control-allow-origin", std::string(asked.get("origin").value_or("*")));
  if (const auto headers = asked.get("access-control-request-headers"))
    reply.headers.add("access-control-allow-headers", std::string(*headers));
  reply.body = "OK";
  return reply;
}

http::Reply Dialect::no_route(const Call& call) const {
  if (call.request->method == "OPTIONS" && call.request->headers.has("origin"))
    return preflight(call);
  if (call.door == "proxy") return error("bad_proxy_target");
  if (call.door == "ws")
    return not_emulated_place("HTTP over WebSocket (ws.fal.run) is not emulated");
  if (call.door == "platform" && call.allowed.empty())
    return not_emulated_place(
        "of fal's platform API (api.fal.ai) only /v1/models/pricing and /v1/account/billing are "
        "emulated");
  // Credentials are looked at before the path and the method.
  const bool models = call.door == "run" || call.door == "queue";
  if (models && call.route == nullptr)
    if (const auto refusal = judged(call, call.standing, call.door, call.allowed.empty()))
      return refused(call, *refusal);
  return dressed(call, emulator::Dialect::no_route(call));
}

std::optional<http::Reply> Dialect::followed(const Call& call, const Task& task,
                                             const TaskView& view) const {
  // What has failed before the first event is a plain answer.
  if (call.route->on == On::kSubmit && view.done() && !view.made()) return std::nullopt;
  return dressed(call, stream_head(), task.id);
}

Piece Dialect::follow(const Call& call, const Task& task, const TaskView& view, Json& kept) const {
  return call.route->on == On::kStream ? status_event(*this, call, task, view, kept)
                                       : output_event(*this, call, task, view, kept);
}

std::string Dialect::picture_path(const Sandbox& box, const Task& task, int index) const {
  return file_path(contract_, box, task, index);
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView& view) const {
  const Duration life = task.fate.links_live_for;
  if (life > Duration::zero() && call.now >= view.ended + life)
    return picture_missing(call, Missing::kExpired);
  const Json note = decoded(task.note);
  const std::string_view acl = text_in(note, "acl");
  if (acl == "forbid") return picture_missing(call, Missing::kForbidden);
  if (acl == "hide") return picture_missing(call, Missing::kGone);
  return std::nullopt;
}

http::Reply Dialect::picture_missing(const Call& call, Missing why) const {
  http::Reply reply = error(why == Missing::kForbidden ? "file_forbidden" : "file_missing");
  allow_browser(*call.request, reply.headers);
  return reply;
}

http::Reply Dialect::store_refused(const emulator::Dialect& api, const Call& call,
                                   const Refusal& refusal) const {
  http::Reply reply = PictureWording::store_refused(api, call, refusal);
  allow_browser(*call.request, reply.headers);
  return reply;
}

void Dialect::picture_headers(const Call& call, const Task&, http::Headers& headers) const {
  allow_browser(*call.request, headers);
}

std::optional<http::Reply> Dialect::upload_refused(const Call& call,
                                                   const Uploads::File& file) const {
  if (file.note == "forbid") return picture_missing(call, Missing::kForbidden);
  if (file.note == "hide") return picture_missing(call, Missing::kGone);
  return std::nullopt;
}

void Dialect::upload_headers(const Call& call, const Uploads::File&, http::Headers& headers) const {
  allow_browser(*call.request, headers);
}

Duration Dialect::link_life() const { return contract_.common.link_life; }

bool Dialect::blacks_out(const Task& task, int index) const {
  return is_flagged(contract_, task, index);
}

std::optional<Duration> Dialect::kept_for() const { return contract_.common.kept_for; }

}  // namespace fal

ProviderCode code_of_fal() {
  return {made_dialect<fal::Dialect>, fal::Dialect::own_calls(), fal::tables()};
}

}  // namespace emulator
