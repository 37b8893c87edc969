// From the body of a submission to a task. The generation protocol wraps the parameters
// (`input[0].params`) or has them beside `model`; the queue protocol has the model in the path and
// the parameters alone in the body.
#include "emulator/providers/vtrix/submission.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/contract/validate.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/vtrix/facts.h"

namespace emulator::vtrix {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;
using contract::Violation;
using Kind = contract::Violation::Kind;

Refusal refusal_of(RefusalKind kind, std::string error, Json args) {
  Refusal refusal;
  refusal.kind = kind;
  refusal.error = std::move(error);
  refusal.args = std::move(args);
  return refusal;
}

// Text `name` of `messages`, filled.
std::string message(const Contract& contract, const char* name, std::string_view field = "",
                    const Json& limit = nullptr) {
  return contract::filled(contract::text_named(facts_of(contract).messages, name, name),
                          {{"field", field}, {"limit", limit}});
}

Refusal invalid(std::string text) {
  return refusal_of(RefusalKind::kInvalidInput, "", Json{{"message", std::move(text)}});
}

// --- What is wrong with a parameter ------------------------------------------------------------

const char* type_message(const Violation& violation) {
  if (violation.field == nullptr) return "format";
  switch (violation.field->type) {
    case contract::Type::kString:
    case contract::Type::kUrl:
      return "string";
    case contract::Type::kInteger:
      return "integer";
    case contract::Type::kBoolean:
      return "boolean";
    case contract::Type::kEnum:
      return "enum";
    default:
      return "format";
  }
}

std::string joined(const std::vector<Json>& options) {
  std::string text;
  for (const Json& option : options) text += (text.empty() ? "" : ", ") + option.get<std::string>();
  return text;
}

std::string violation_text(const Violation& violation, const Contract& contract) {
  const std::string field =
      violation.where.empty() ? "" : std::get<std::string>(violation.where.front());
  switch (violation.kind) {
    case Kind::kMissing:
    case Kind::kTooShort:
      return message(contract, "missing", field);
    case Kind::kEnum:
      return message(contract, "enum", field, joined(violation.field->options));
    case Kind::kGreaterThanEqual:
      return message(contract, "at_least", field, violation.limit);
    case Kind::kLessThanEqual:
      return message(contract, "at_most", field, violation.limit);
    case Kind::kMultipleOf:
      return message(contract, "multiple_of", field, violation.limit);
    case Kind::kPattern:
    case Kind::kStringUnicode:
      return message(contract, "format", field);
    default:
      return message(contract, type_message(violation), field);
  }
}

// Ratios outside the limits of the field.
std::optional<std::string> ratio_problem(const Json& input, const Endpoint& endpoint,
                                         const Contract& contract) {
  const Field* field = endpoint.field("aspect_ratio");
  const auto asked = input.find("aspect_ratio");
  if (field == nullptr || asked == input.end() || !asked->is_string()) return std::nullopt;
  const auto& limits = facts_of(*field).ratio;
  if (!limits) return std::nullopt;
  const auto ratio = ratio_of(asked->get_ref<const std::string&>());
  if (ratio && limits->allow(*ratio)) return std::nullopt;
  return message(contract, "format", field->name);
}

struct Images {
  std::optional<image::Size> first;  // of the first picture whose size is known
  std::optional<std::string> problem;
  bool late = false;  // the problem is met at work only, not at submission
};

// Looks at the pictures sent in.
Images images_in(const Json& input, const Endpoint& endpoint, const Contract& contract,
                 const Call& call) {
  const auto pictures = pictures_in(input, endpoint.fields, contract, call);
  Images out;
  out.first = first_size(pictures);
  if (const auto bad = bad_picture(pictures, contract)) {
    out.problem = message(contract, bad->name.c_str(), place_of(*bad->picture));
    out.late = !bad->at_once;
    return out;
  }
  const std::size_t largest = facts_of(contract).max_image_bytes;
  for (const IncomingPicture& picture : pictures)
    if (picture.bytes > largest && !out.problem)
      out.problem = message(contract, "image_size", place_of(picture));
  return out;
}

// --- Which picture is made --------------------------------------------------------------------

image::Size size_of_output(const Json& input, const Endpoint& endpoint, const Images& images) {
  if (const auto* rule = std::get_if<contract::FieldsSize>(&endpoint.size)) {
    image::Size usual = rule->usual;
    if (const Field* width = endpoint.field("width");
        images.first && width != nullptr && !width->default_value)
      usual = *images.first;
    const image::Size size{number_in(input, "width", 1, 65'536).value_or(usual.width),
                           number_in(input, "height", 1, 65'536).value_or(usual.height)};
    if (!rule->pixels) return size;
    const auto stepped = [step = rule->step](int side) {
      return std::max(step, side / step * step);
    };
    return within({stepped(size.width), stepped(size.height)}, *rule->pixels, rule->step);
  }
  std::optional<image::Size> found;
  if (const auto ratio = input.find("aspect_ratio"); ratio != input.end() && ratio->is_string())
    found = size_for(endpoint.size, ratio->get_ref<const std::string&>());
  else if (images.first)
    found =
        size_for(endpoint.size, static_cast<double>(images.first->width) / images.first->height);
  return found.value_or(image::Size{1024, 1024});
}

// --- Body, wrapper, model -----------------------------------------------------------------------

// Integers given as text, where the gateway takes both.
void texts_to_integers(Json& params, const Endpoint& endpoint) {
  for (const Field& field : endpoint.fields) {
    if (!facts_of(field).text_too) continue;
    const auto given = params.find(field.name);
    if (given == params.end() || !given->is_string()) continue;
    const std::string& text = given->get_ref<const std::string&>();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && stop == text.data() + text.size()) *given = number;
  }
}

Result<Json, std::string> params_of(const Json& body, const Contract& contract) {
  const auto wrapped = body.find("input");
  if (wrapped == body.end()) {
    if (!facts_of(contract).accept_flat) return Failure{message(contract, "missing", "input")};
    Json params = body;
    params.erase("model");
    return params;
  }
  if (!wrapped->is_array() || wrapped->size() != 1 || !wrapped->front().is_object())
    return Failure{message(contract, "input")};
  const auto params = wrapped->front().find("params");
  if (params == wrapped->front().end() || !params->is_object())
    return Failure{message(contract, "input")};
  return Json(*params);
}

struct Asked {
  std::string model;
  Json params;
};

Result<Asked, Refusal> asked_for(const Call& call, const Contract& contract) {
  const auto& body = call.json();
  if (!body) return Failure{invalid(message(contract, "json"))};
  if (!body->is_object()) return Failure{invalid(message(contract, "object"))};
  if (is_queue(call)) {
    for (const std::string& field : facts_of(contract).queue_webhook_fields)
      if (body->contains(field))
        return Failure{refusal_of(RefusalKind::kInvalidInput, "no_webhooks", Json::object())};
    return Asked{std::string(call.capture("model")), *body};
  }
  const auto model = body->find("model");
  if (model == body->end() || model->is_null() || *model == "")
    return Failure{invalid(message(contract, "missing", "model"))};
  if (!model->is_string()) return Failure{invalid(message(contract, "string", "model"))};
  auto params = params_of(*body, contract);
  if (!params) return Failure{invalid(params.error())};
  return Asked{model->get<std::string>(), std::move(*params)};
}

// The first thing wrong with the parameters, or the input with defaults.
Result<Json, std::string> checked(Json params, const Endpoint& endpoint, const Contract& contract) {
  texts_to_integers(params, endpoint);
  contract::Rules rules;
  rules.coercion = contract::Coercion::kStrict;
  rules.all = false;
  auto input = contract::validate(params, endpoint.fields, false, rules);
  if (!input) return Failure{violation_text(input.error().front(), contract)};
  if (auto problem = ratio_problem(*input, endpoint, contract)) return Failure{*problem};
  return std::move(*input);
}

}  // namespace

bool is_queue(const Call& call) {
  return call.route != nullptr && call.route->name.starts_with(kQueue);
}

Result<Submission, Refusal> read_submission(const Call& call, const Contract& contract) {
  auto asked = asked_for(call, contract);
  if (!asked) return Failure{asked.error()};
  const std::vector<std::string>& blocked = facts_of(contract).blocked_models;
  if (std::find(blocked.begin(), blocked.end(), asked->model) != blocked.end())
    return Failure{refusal_of(RefusalKind::kForbidden, "", Json::object())};
  const Endpoint* endpoint = contract.endpoint(asked->model);
  if (endpoint == nullptr) {
    if (const std::string kind = model_kind(contract, asked->model); !kind.empty())
      return Failure{not_emulated_model(contract, asked->model, kind)};
    return Failure{refusal_of(RefusalKind::kNotFound, "unknown_model",
                              Json{{"model", valid_utf8(asked->model)}})};
  }

  Submission out;
  out.endpoint = asked->model;
  out.cost = endpoint->price;
  out.note["protocol"] = is_queue(call) ? kQueue : kGeneration;

  auto input = checked(asked->params, *endpoint, contract);
  Images images;
  if (input) images = images_in(*input, *endpoint, contract, call);
  if (!input || images.problem) {
    const std::string problem = input ? *images.problem : input.error();
    if (!images.late && !facts_of(contract).late_validation) return Failure{invalid(problem)};
    out.doomed = End::kFailed;
    out.note["late_error"] = problem;
    out.input = asked->params;
  } else {
    const image::Size size = size_of_output(*input, *endpoint, images);
    out.plan.width = size.width;
    out.plan.height = size.height;
    out.plan.format = format_named(format_word_in(*input, endpoint->fields));
    out.seed = seed_in(*input, endpoint->fields);
    out.input = std::move(*input);
  }
  if (const auto prompt = out.input.find("prompt");
      prompt != out.input.end() && prompt->is_string())
    out.prompt = prompt->get<std::string>();
  // Pictures sent in can be large, and nothing asks for them again.
  for (const Field& field : endpoint->fields)
    if (takes_picture(field)) out.input.erase(field.name);
  return out;
}

}  // namespace emulator::vtrix
