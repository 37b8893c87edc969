#include "emulator/providers/fal/submission.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/contract/packed_input.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/image_size.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/plan.h"

namespace emulator::fal {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;
using contract::Violation;
using Kind = Violation::Kind;

constexpr std::size_t kKeptText = 4'096;  // of one text of a body, in what is kept of it

// --- The body ---

// The input with its defaults, or every violation in the order of the fields.
Result<Json, std::vector<Violation>> checked(const Call& call, const Json& body,
                                             const Endpoint& endpoint, const Contract& contract) {
  if (!call.request->body.empty() && is_json_body(call) && !call.json())
    return Failure{std::vector<Violation>{contract::json_violation(call.json().error())}};
  auto plain = contract::validate(body, endpoint.fields, endpoint.closed, {});
  if (!body.is_object()) return plain;
  std::vector<Violation> found = plain ? std::vector<Violation>() : std::move(plain.error());
  std::vector<Violation> all;
  Json input = plain ? std::move(*plain) : Json::object();
  const auto* area = std::get_if<contract::AreaSize>(&endpoint.size);
  const bool free_ratio = area != nullptr && area->free;
  for (const Field& field : endpoint.fields) {
    for (Violation& violation : found)
      if (!violation.where.empty() &&  // else it was taken already
          std::get<std::string>(violation.where.front()) == field.name)
        all.push_back(std::move(violation));
    const Json* const given = is_image_size(field) ? member_in(body, field.name) : nullptr;
    if (given != nullptr) {
      auto size = checked_image_size(*given, field, contract);
      if (size) {
        input[field.name] = std::move(*size);
      } else {
        for (Violation& violation : size.error()) all.push_back(std::move(violation));
      }
    }
    const bool ratio_due = free_ratio && field.name == "aspect_ratio";
    if (const Json* const ratio = ratio_due ? member_in(input, field.name) : nullptr;
        ratio != nullptr && !ratio_of(text_in(input, "aspect_ratio"))) {
      Violation violation{};
      violation.kind = Kind::kValue;
      violation.where = {field.name};
      violation.input = *ratio;
      violation.text = "aspect_ratio must be in the format of 'width:height'";
      all.push_back(std::move(violation));
    }
  }
  if (!all.empty()) return Failure{std::move(all)};
  return input;
}

// Cuts a body to what is kept of it: long texts (data URIs) only by their beginning, and numbers
// that JSON has not as fal echoes them.
void shorten(Json& value) {
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() > kKeptText) value = valid_utf8(text.substr(0, kKeptText));
  } else if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const double number = value.get<double>();
    value = std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
  } else if (value.is_structured()) {
    for (Json& part : value) shorten(part);
  }
}

Json shortened(Json value) {
  shorten(value);
  return value;
}

// --- Input pictures ---

struct InputPicture {
  std::optional<image::Size> size;  // where it is known
  std::string error;                // name under task_errors; "" when it is fine
  std::vector<Json> where;          // of the error: the field, and the place in a list
};

// What is wrong with a picture of known size: a model may want `least_side` pixels on each side,
// and `most_pixels` at most.
std::string_view size_error(image::Size size, const contract::PictureRules& wanted) {
  if (std::min(size.width, size.height) < wanted.least_side.value_or(0)) return "image_too_small";
  const double pixels = static_cast<double>(size.width) * size.height;
  return pixels > wanted.most_pixels.value_or(pixels) ? "image_too_large" : "";
}

// The size of the first picture where it is known, and the first error.
InputPicture input_picture(const Json& input, const Endpoint& endpoint, const Contract& contract,
                           const Call& call) {
  const auto pictures = pictures_in(input, endpoint.fields, contract, call);
  InputPicture out;
  out.size = first_size(pictures);
  for (const IncomingPicture& picture : pictures) {
    if (const auto bad = bad_picture(picture, contract))
      out.error = bad->name;
    else if (picture.picture.size)
      out.error = size_error(*picture.picture.size, *picture.field->picture);
    if (out.error.empty()) continue;
    for (const auto& step : picture.where)
      if (const auto* index = std::get_if<std::int64_t>(&step))
        out.where.emplace_back(static_cast<std::size_t>(*index));
      else
        out.where.emplace_back(std::get<std::string>(step));
    break;
  }
  return out;
}

// A value that is listed and yet refused by the model: `extra.refused` of its field.
bool has_refused_value(const Json& input, const Endpoint& endpoint) {
  return std::any_of(endpoint.fields.begin(), endpoint.fields.end(), [&](const Field& field) {
    const auto given = input.find(field.name);
    if (given == input.end()) return false;
    const std::vector<Json>& refused = facts_of(field).refused;
    return std::find(refused.begin(), refused.end(), *given) != refused.end();
  });
}

// --- What headers ask for ---

std::optional<Duration> seconds(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  const std::string value(trimmed(*text));
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !(number > 0) || number > 1e9) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(number));
}

// Sets how long the files shall live, and who may see them.
void read_lifecycle(const http::Request& request, Submission& out) {
  auto header = request.headers.get("x-fal-object-lifecycle-preference");
  if (!header) header = request.headers.get("x-fal-object-lifecycle");
  if (!header) return;
  const auto wanted = decode_json(*header);
  if (!wanted || !wanted->is_object()) return;
  if (const auto life = wanted->find("expiration_duration_seconds"); life != wanted->end()) {
    if (life->is_null()) out.links_live = Duration::zero();  // for good
    if (life->is_number())
      out.links_live = std::chrono::duration_cast<Duration>(
          std::chrono::duration<double>(std::clamp(life->get<double>(), 1e-9, 1e9)));
  }
  if (const auto acl = wanted->find("initial_acl"); acl != wanted->end())
    if (const std::string_view decision = text_in(*acl, "default"); !decision.empty())
      out.note["acl"] = decision;
}

void read_queue_wishes(const Call& call, Submission& out) {
  if (const auto hook = call.parameter("fal_webhook"); hook && !hook->empty())
    out.webhook = WebhookAsk{*hook, "", 0};
  if (const auto longest = call.parameter("fal_max_queue_length"))
    out.note["max_queue"] = std::strtol(longest->c_str(), nullptr, 10);
  if (const auto priority = call.request->headers.get("x-fal-queue-priority"))
    out.note["priority"] = valid_utf8(priority->substr(0, 32));
}

void read_run_wishes(const Call& call, const Contract& contract, Submission& out) {
  const http::Headers& headers = call.request->headers;
  out.follow = call.route->name == "stream";
  out.wait = facts_of(contract).sync_limit;
  out.start_by = seconds(headers.get("x-fal-request-start-timeout"));
  if (!out.start_by) out.start_by = seconds(headers.get("x-fal-request-timeout"));
  out.active_limit = facts_of(contract).concurrency;
}

// --- Finding the endpoint ---

struct Target {
  const Endpoint* endpoint = nullptr;  // null: there is none
  bool app_known = false;
};

Target find_target(const std::string& id, const AppPath& path, const Contract& contract) {
  Target out;
  if (id != "generic") out.endpoint = contract.endpoint(id);
  if (out.endpoint != nullptr) return out;
  for (const Endpoint& known : contract.endpoints)
    if (known.id == path.base || known.id.starts_with(path.base + "/")) out.app_known = true;
  const bool ticket = path.path.starts_with("/requests/");  // a ticket's path is no model
  if (path.base.find('/') != std::string::npos && !ticket &&
      contract.common.any_endpoint.value_or(false))
    out.endpoint = contract.endpoint("generic");
  if (ticket) out.app_known = true;
  return out;
}

Refusal refusal_of(RefusalKind kind, http::Reply reply) {
  Refusal refusal;
  refusal.kind = kind;
  refusal.reply = std::move(reply);
  return refusal;
}

// Why nobody answers for a model; nullopt when somebody does.
std::optional<Refusal> no_model(const Contract& contract, const std::string& id,
                                const AppPath& path, const Target& target, bool listed) {
  const bool has_owner = path.base.find('/') != std::string::npos;  // without one, it is no id
  if (!listed && has_owner)
    if (const std::string kind = model_kind(contract, id); !gives_pictures(kind))
      return not_emulated_model(contract, id, kind);
  if (target.endpoint != nullptr || target.app_known) return std::nullopt;
  Refusal refusal;
  refusal.kind = RefusalKind::kNotFound;
  refusal.args["application"] = path.app;
  return refusal;
}

void doom(Submission& out, const Answer& answer) {
  out.doomed = End::kFailed;
  out.note["failure"] = shortened(answer.kept());
}

// What is wrong at once with a run is told to who asked for it; a queued one is taken, and fails.
Result<Submission, Refusal> told_or_doomed(Submission out, RefusalKind kind, const Answer& answer,
                                           Json input, bool queued) {
  if (!queued) return Failure{refusal_of(kind, answer.reply())};
  doom(out, answer);
  out.input = std::move(input);
  return out;
}

// Whether what was sent can be told from the input that was made of it.
bool is_told(const Json& body, const Json& input, const std::vector<Field>& fields) {
  const auto few = contract::without_defaults(input, fields);
  return few && (contract::same_text(*few, body) || contract::same_text(*few, shortened(body)));
}

// What a body without mistakes asks for.
void read_input(const Call& call, const Contract& contract, const Endpoint& endpoint,
                const Json& body, Json input, Submission& out) {
  out.prompt = prompt_in(input, endpoint.fields);
  const InputPicture given = input_picture(input, endpoint, contract, call);
  const bool refused = has_refused_value(input, endpoint);
  out.plan = plan_for(input, endpoint, contract, given.size);
  const double units = units_of(out.plan, endpoint);
  out.cost = unit_price(input, endpoint) * units;
  out.seed = seed_in(input, endpoint.fields);
  out.wide_seed = facts_of(endpoint).wide_seed;
  out.input = shortened(std::move(input));
  // What was sent matters to failures; where it can be told from the input, it is not kept twice.
  if (&endpoint != &endpoint_of(contract, out.endpoint) ||
      !is_told(body, out.input, endpoint.fields))
    out.note["sent"] = shortened(body);
  if (!given.error.empty())
    doom(out, field_error(contract, given.error, shortened(body), given.where));
  else if (refused)
    doom(out, named_error(contract, "input_value_error", shortened(body)));
  out.note["units"] = units;
}

}  // namespace

bool came_by_queue(const Task& task) {
  return task.note && task.note->starts_with(R"({"via":"queue")");
}

Result<Submission, Refusal> read_submission(const Call& call, const Contract& contract) {
  const bool queued = call.route->name == "submit";
  const std::string id = clean_endpoint(call.capture("endpoint"));
  const AppPath path = app_path(id);
  const Target target = find_target(id, path, contract);
  const bool listed = target.endpoint != nullptr && target.endpoint->id == id;
  if (auto refusal = no_model(contract, id, path, target, listed))
    return Failure{std::move(*refusal)};

  Submission out;
  out.endpoint = id;
  if (target.endpoint != nullptr && !listed)
    out.remark = "the model " + id +
                 " is not in fal's contract, so the generic image schema answers; --contract FILE "
                 "describes it, --strict-models refuses it";
  out.note["via"] = queued ? kByQueue : call.route->name == "stream" ? kByStream : kByRun;
  read_lifecycle(*call.request, out);
  if (queued)
    read_queue_wishes(call, out);
  else
    read_run_wishes(call, contract, out);

  if (target.endpoint == nullptr)
    return told_or_doomed(std::move(out), RefusalKind::kNotFound,
                          no_such_path(contract, path.path.empty() ? "/" : path.path),
                          Json::object(), queued);

  Json room;
  const Json& body = framework_body(call, room);
  auto input = checked(call, body, *target.endpoint, contract);
  if (!input) {
    out.note["sent"] = shortened(body);
    out.prompt = text_in(body, "prompt");
    return told_or_doomed(std::move(out), RefusalKind::kInvalidInput, invalid_body(input.error()),
                          body.is_object() ? shortened(body) : Json::object(), queued);
  }
  read_input(call, contract, *target.endpoint, body, std::move(*input), out);
  return out;
}

}  // namespace emulator::fal
