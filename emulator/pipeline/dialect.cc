#include "emulator/pipeline/dialect.h"

#include <algorithm>
#include <stdexcept>

#include "emulator/base/text.h"
#include "emulator/contract/packed_input.h"
#include "emulator/scenario/scenario.h"

namespace emulator {
namespace {

// Replaces every `{name}` that `args` knows; others stay as they are.
std::string filled(std::string_view text, const Json& args) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('}');
    const auto known = close == std::string_view::npos
                           ? args.end()
                           : args.find(std::string(text.substr(1, close - 1)));
    if (known == args.end()) {
      out += '{';
      text.remove_prefix(1);
      continue;
    }
    out += known->is_string() ? known->get_ref<const std::string&>() : compact_json(*known);
    text.remove_prefix(close + 1);
  }
  return out;
}

// A string that is nothing but one placeholder becomes the argument itself, so that numbers stay
// numbers.
Json filled(const Json& body, const Json& args) {
  if (body.is_string()) {
    const std::string& text = body.get_ref<const std::string&>();
    if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
      const auto known = args.find(text.substr(1, text.size() - 2));
      if (known != args.end()) return *known;
    }
    return filled(std::string_view(text), args);
  }
  if (!body.is_structured()) return body;
  Json out = body.is_object() ? Json::object() : Json::array();
  for (auto it = body.begin(); it != body.end(); ++it) {
    if (body.is_object())
      out[it.key()] = filled(*it, args);
    else
      out.push_back(filled(*it, args));
  }
  return out;
}

}  // namespace

std::string_view Call::capture(std::string_view name) const {
  for (const auto& [known, value] : captured)
    if (known == name) return value;
  return {};
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  http::Request only_query;
  only_query.query = query;
  return only_query.parameter(name);
}

void Call::let_body_go() {
  request = http::without_body(*request);
  json_.reset();
}

const Result<Json, JsonProblem>& Call::json() const {
  if (!json_)
    json_ =
        std::make_shared<const Result<Json, JsonProblem>>(decode_json(request->body, json_limits));
  return *json_;
}

const JsonProblem* Call::beyond_limits() const {
  return json_ && !*json_ && json_->error().ours ? &json_->error() : nullptr;
}

std::optional<Refusal> Dialect::check(const Call&, KeyStanding) const { return std::nullopt; }

std::optional<Refusal> Dialect::unwelcome(KeyStanding standing) const {
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  if (standing == KeyStanding::kUnknown) return refusal;
  if (standing != KeyStanding::kInactive) return std::nullopt;
  if (contract_.value("inactive_key") == "forbidden") refusal.kind = RefusalKind::kForbidden;
  return refusal;
}

Limits Dialect::limits(const Submission&) const {
  Limits out;
  if (const Json& running = contract_.value("running_limit"); running.is_number_integer())
    out.running = running.get<std::size_t>();
  const Json& rate = contract_.value("rate_limit");
  if (!rate.is_object()) return out;
  out.submissions = rate.at("submissions").get<std::size_t>();
  if (const auto window = parse_duration(rate.value("window", "1m"))) out.window = *window;
  out.announced = rate.value("announced", false);
  return out;
}

std::string Dialect::addressed(const Call& call) const { return std::string(call.capture("id")); }

http::Reply Dialect::cancelled(const Call& call, const Task&, const TaskView&) const {
  return no_route(call);
}

http::Reply Dialect::error(std::string_view name, const Json& args) const {
  const auto found = contract_.errors.find(name);
  if (found == contract_.errors.end())
    return our_error(500, "contract",
                     "the contract of " + contract_.doors.provider + " has no error \"" +
                         std::string(name) + "\"");
  const contract::ErrorText& text = found->second;
  http::Reply reply;
  reply.status = text.http;
  if (text.body.is_null()) {
    reply.body = filled(std::string_view(text.text), args);
    const std::string_view fallback = reply.body.empty() ? "" : "text/plain; charset=utf-8";
    const std::string_view type =
        text.content_type.empty() ? fallback : std::string_view(text.content_type);
    if (!type.empty()) reply.headers.add("content-type", std::string(type));
  } else {
    reply.body = compact_json(filled(text.body, args));
    reply.headers.add("content-type",
                      text.content_type.empty() ? "application/json" : text.content_type);
  }
  for (const auto& [header, value] : text.headers)
    reply.headers.set(header, filled(std::string_view(value), args));
  return reply;
}

http::Reply Dialect::refused(const Call&, const Refusal& refusal) const {
  if (refusal.reply) return *refusal.reply;
  http::Reply reply =
      error(refusal.error.empty() ? word(refusal.kind) : refusal.error, refusal.args);
  if (refusal.retry_after) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(*refusal.retry_after);
    reply.headers.set("retry-after", std::to_string(whole.count()));
  }
  return reply;
}

http::Reply Dialect::store_refused(const Call& call, const Refusal& refusal) const {
  switch (refusal.kind) {
    case RefusalKind::kNotFound:
      return picture_missing(call, Missing::kGone);
    case RefusalKind::kUnauthenticated:
    case RefusalKind::kForbidden:
    case RefusalKind::kOutOfCredit:
      return picture_missing(call, Missing::kForbidden);
    default:
      break;
  }
  Refusal of_store = refusal;
  of_store.error = "store_" + std::string(word(refusal.kind));
  if (!contract_.errors.contains(of_store.error)) return refused(call, refusal);
  return Dialect::refused(call, of_store);
}

http::Reply Dialect::no_route(const Call& call) const {
  if (call.allowed.empty()) return error("no_route");
  http::Reply reply = error("wrong_method");
  std::string allow;
  for (const std::string& method : call.allowed) allow += (allow.empty() ? "" : ", ") + method;
  reply.headers.set("allow", allow);
  return reply;
}

void Dialect::other(const Call& call, Desk&, http::Respond respond) const {
  respond(our_error(501, "not_emulated",
                    contract_.doors.provider + " has " + call.request->method + " " + call.path +
                        ", but it is not emulated; a rule of a scenario can stand in for it, with "
                        "`on: " +
                        std::string(word(call.route->on)) +
                        "` and a `reply` (docs/scenario-format.md)"));
}

std::string Dialect::picture_query(const Sandbox&, const Task&, std::string_view, Instant) const {
  return {};
}
void Dialect::picture_headers(const Call&, const Task&, http::Headers&) const {}
bool Dialect::blacks_out(const Task&, int) const { return false; }

std::string Dialect::picture_link(const Origin& origin, const Sandbox& box, const Task& task,
                                  int index, Instant now) const {
  std::string path = picture_path(box, task, index);
  const std::string query = picture_query(box, task, path, now);
  if (!query.empty()) path.append("?").append(query);
  return origin.link(picture_door(), path);
}

const std::vector<contract::Field>* fields_of(const contract::Contract& contract,
                                              std::string_view endpoint) {
  const contract::Endpoint* facts = contract.endpoint(endpoint);
  if (facts == nullptr) facts = contract.endpoint("generic");
  return facts == nullptr ? nullptr : &facts->fields;
}

Json input_of(const contract::Contract& contract, const Task& task) {
  return contract::unpacked_input(task.packed_input, fields_of(contract, task.endpoint),
                                  task.prompt);
}

bool flagged(const Task& task, int index) {
  if (task.fate.script && !task.fate.script->nsfw.empty()) {
    const auto& flags = task.fate.script->nsfw;
    return static_cast<std::size_t>(index) < flags.size() && flags[static_cast<std::size_t>(index)];
  }
  return task.fate.end == End::kNsfw;
}

std::vector<std::string> error_parts_of(const contract::Contract& contract) {
  std::vector<std::string> out;
  const Json& parts = contract.value("error_parts");
  if (!parts.is_array()) return out;
  for (const Json& part : parts)
    if (part.is_string()) out.push_back(part.get<std::string>());
  return out;
}

Duration duration_value(const contract::Contract& contract, std::string_view name) {
  const Json& value = contract.value(name);
  if (value.is_string())
    if (const auto parsed = parse_duration(value.get_ref<const std::string&>())) return *parsed;
  throw std::logic_error("value \"" + std::string(name) + "\" of the contract of " +
                         contract.doors.provider + " is not a duration such as 10m");
}

http::Reply json_reply(unsigned status, const Json& body) {
  return json_text_reply(status, compact_json(body));
}

http::Reply json_text_reply(unsigned status, std::string text) {
  http::Reply reply;
  reply.status = status;
  reply.headers.reserve(8);  // the pipeline adds its own
  reply.headers.add("content-type", "application/json");
  reply.body = std::move(text);
  return reply;
}

http::Reply beyond_json_limits(const JsonProblem& problem) {
  return our_error(413, "json_too_large",
                   "the body is not read: " + problem.text + " at character " +
                       std::to_string(problem.position) +
                       "; --max-json-values and --max-json-members set the limits");
}

http::Reply our_error(unsigned status, std::string_view code, std::string_view message,
                      const Json& more) {
  Json error = {{"code", code}, {"message", message}};
  if (more.is_object()) error.update(more);
  http::Reply reply = json_reply(status, {{"emulator_error", std::move(error)}});
  reply.headers.add("x-emulator-error", std::string(code));
  return reply;
}

}  // namespace emulator
