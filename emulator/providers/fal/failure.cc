#include "emulator/providers/fal/failure.h"

#include "emulator/base/json_text.h"
#include "emulator/contract/packed_input.h"
#include "emulator/contract/wording.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"
#include "emulator/scenario/scenario.h"

namespace emulator::fal {
namespace {

Json note_of(const Task& task) {
  if (!task.note) return Json::object();
  auto decoded = decode_json(*task.note);
  return decoded ? std::move(*decoded) : Json::object();
}

// Steps from the body to a value, and the value; null where the body has no such.
struct Blamed {
  std::vector<Json> where;
  const Json* value = nullptr;
};

const Json* member_at(const Json& whole, const Json& step) {
  if (step.is_string() && whole.is_object()) {
    const auto found = whole.find(step.get<std::string>());
    return found == whole.end() ? nullptr : &*found;
  }
  if (step.is_number_unsigned() && whole.is_array() && step.get<std::size_t>() < whole.size())
    return &whole.at(step.get<std::size_t>());
  return nullptr;
}

// As far as the body has it: only what was sent can be to blame.
Blamed blamed_at(const std::vector<Json>& where, const Json& sent) {
  Blamed out{{}, &sent};
  for (const Json& step : where) {
    const Json* const inner = member_at(*out.value, step);
    if (inner == nullptr) break;
    out.where.push_back(step);
    out.value = inner;
  }
  return out;
}

// Where the contract puts the blame. Models that take several pictures have them in a list.
std::vector<Json> place_of(const ErrorFacts& error, const Json& sent) {
  std::vector<Json> where(error.loc.begin(), error.loc.end());
  const bool one_picture = where.size() == 1 && where.front() == "image_url";
  if (one_picture && sent.is_object() && !sent.contains("image_url") && sent.contains("image_urls"))
    where = {"image_urls", 0u};
  return where;
}

// The app's own words: one item, with the page that explains it.
Answer model_error(const contract::Contract& contract, const std::string& type,
                   const ErrorFacts& error, const Json& sent, const std::vector<Json>& where) {
  const Blamed blamed = blamed_at(where, sent);
  Json item;
  item["loc"] = {"body"};
  for (const Json& step : blamed.where) item["loc"].push_back(step);
  item["msg"] = error.msg;
  item["type"] = type;
  item["url"] = facts_of(contract).error_page + type;
  if (error.ctx) item["ctx"] = *error.ctx;
  item["input"] = error.echo == "field" ? *blamed.value : sent;
  const std::string retryable = error.retryable ? "true" : "false";
  Answer answer;
  answer.status = error.http.value_or(422);
  answer.body["detail"] = Json::array({std::move(item)});
  answer.headers = {{"x-fal-billable-units", "0"},
                    {"x-fal-retryable", retryable},
                    {"x-fal-needs-retry", retryable}};
  return answer;
}

// The platform's.
Answer request_error(const std::string& type, const ErrorFacts& error) {
  Answer answer;
  answer.status = error.http.value_or(500);
  answer.body = {{"detail", error.detail}, {"error_type", type}};
  answer.headers = {{"x-fal-error-type", type}};
  return answer;
}

Answer app_error(const ErrorFacts& error, const Json& sent) {
  std::string detail = error.detail;
  if (const auto at = detail.find("{image_url}"); at != std::string::npos)
    detail.replace(at, 11, text_in(sent, "image_url"));
  Answer answer;
  answer.status = error.http.value_or(500);
  answer.body["detail"] = std::move(detail);
  answer.headers = {{"x-fal-billable-units", "0"}};
  return answer;
}

// `{code, message, type, loc, ctx, input}`: a code that is a number is a status, one that is a text
// the type of a model error. Status and retrying of a type that is known are its own.
Answer own_error(const contract::Contract& contract, const scenario::TaskError& error,
                 const Json& sent) {
  const bool status = error.code.is_number_integer() && error.code.get<std::int64_t>() >= 400 &&
                      error.code.get<std::int64_t>() <= 599;
  const std::string type = error.code.is_string() ? error.code.get<std::string>() : error.type;
  ErrorFacts worded;
  if (const auto* known = contract.task_error<ErrorFacts>(type);
      known != nullptr && !type.empty()) {
    worded.http = known->http;
    worded.retryable = known->retryable;
    worded.echo = known->echo;
  }
  if (status) worded.http = error.code.get<unsigned>();
  if (type.empty()) {
    worded.detail = error.message;
    return app_error(worded, sent);
  }
  worded.msg = error.message;
  if (error.ctx) worded.ctx = *error.ctx;
  std::vector<Json> where;
  if (error.loc && error.loc->front() == "body")
    where.assign(std::next(error.loc->begin()), error.loc->end());
  Answer answer = model_error(contract, type, worded, sent, where);
  Json& item = answer.body["detail"].front();
  if (error.loc) item["loc"] = *error.loc;
  if (error.input) item["input"] = *error.input;
  return answer;
}

std::string_view name_for(const contract::Contract& contract, const Task& task,
                          const TaskView& view) {
  const Facts& facts = facts_of(contract);
  switch (view.end) {
    case End::kInputModerated:
    case End::kOutputModerated:
      return facts.moderated_as;
    case End::kTimedOut:
      return facts.timed_out_as;
    case End::kCancelled: {
      const bool waiting = task.cancelled && *task.cancelled < task.accepted + task.fate.queued_for;
      return waiting ? facts.cancelled_waiting_as : facts.cancelled_running_as;
    }
    default:
      return facts.failed_as;
  }
}

}  // namespace

Json Answer::kept() const {
  Json fields = Json::object();
  for (const auto& [name, value] : headers) fields[name] = value;
  return {{"status", status}, {"body", body}, {"headers", std::move(fields)}};
}

Answer Answer::of(const Json& kept) {
  Answer answer;
  answer.status = kept.at("status").get<unsigned>();
  answer.body = kept.at("body");
  for (const auto& [name, value] : kept.at("headers").items())
    answer.headers.emplace_back(name, value.get<std::string>());
  return answer;
}

http::Reply Answer::reply() const {
  http::Reply reply = json_reply(status, body);
  for (const auto& [name, value] : headers) reply.headers.add(name, value);
  return reply;
}

Answer named_error(const contract::Contract& contract, std::string_view name, const Json& sent) {
  const auto* error = contract.task_error<ErrorFacts>(name);
  if (error == nullptr) {
    ErrorFacts broken;
    broken.detail = "Internal Server Error";
    return app_error(broken, sent);
  }
  const std::string type(name);
  if (error->kind == "request") return request_error(type, *error);
  if (error->kind == "app") return app_error(*error, sent);
  return model_error(contract, type, *error, sent, place_of(*error, sent));
}

Answer field_error(const contract::Contract& contract, std::string_view name, const Json& sent,
                   const std::vector<Json>& where) {
  const auto* known = contract.task_error<ErrorFacts>(name);
  if (known == nullptr || known->kind != "model") return named_error(contract, name, sent);
  ErrorFacts error = *known;
  error.echo = "field";
  return model_error(contract, std::string(name), error, sent, where);
}

Answer invalid_body(const std::vector<contract::Violation>& violations) {
  Answer answer;
  answer.status = 422;
  answer.body["detail"] = contract::pydantic_detail(
      violations, {contract::PydanticStyle::Choice::kLiteral, /*non_finite_as_text=*/true});
  answer.headers = {{"x-fal-billable-units", "0"}};
  return answer;
}

Answer no_such_path(const contract::Contract& contract, std::string_view path) {
  Answer answer;
  answer.status = 404;
  answer.headers = {{"x-fal-billable-units", "0"}};
  if (const auto known = contract.errors.find("no_path"); known != contract.errors.end()) {
    std::string text(text_in(known->second.body, "detail"));
    if (const auto at = text.find("{path}"); at != std::string::npos) text.replace(at, 6, path);
    answer.status = known->second.http;
    answer.body["detail"] = std::move(text);
  }
  return answer;
}

namespace {

// The body as it was sent: the note has it when it says more than the input without defaults.
Json sent_by(const contract::Contract& contract, const Task& task, const Json& note) {
  if (const auto kept = note.find("sent"); kept != note.end()) return *kept;
  const auto few = contract::without_defaults(input_of(contract, task),
                                              endpoint_of(contract, task.endpoint).fields);
  return few ? *few : Json::object();
}

}  // namespace

Answer failure_of(const contract::Contract& contract, const Task& task, const TaskView& view) {
  const Json note = note_of(task);
  if (view.end != End::kCancelled)
    if (const auto kept = note.find("failure"); kept != note.end()) return Answer::of(*kept);
  const Json sent = sent_by(contract, task, note);
  if (task.fate.script && task.fate.script->error && view.end != End::kCancelled) {
    const scenario::TaskError& error = *task.fate.script->error;
    return error.name.empty() ? own_error(contract, error, sent)
                              : named_error(contract, error.name, sent);
  }
  return named_error(contract, name_for(contract, task, view), sent);
}

std::pair<std::string, std::string> failure_in_status(const Answer& answer) {
  const auto detail = answer.body.find("detail");
  if (detail == answer.body.end()) return {};
  if (detail->is_array() && !detail->empty())
    return {std::string(text_in(detail->front(), "msg")),
            std::string(text_in(detail->front(), "type"))};
  std::string type(text_in(answer.body, "error_type"));
  if (type.empty())
    type = answer.status == 499  ? "client_cancelled"
           : answer.status < 500 ? "bad_request"
                                 : "internal_error";
  return {std::string(text_in(answer.body, "detail")), std::move(type)};
}

}  // namespace emulator::fal
