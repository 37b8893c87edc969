#include "emulator/providers/bfl/submission.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/bfl/facts.h"
#include "emulator/providers/bfl/plan.h"

namespace emulator::bfl {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;
using contract::Violation;
using Kind = contract::Violation::Kind;

Refusal refusal_of(std::vector<Violation> violations) {
  Refusal refusal;
  refusal.kind = RefusalKind::kInvalidInput;
  refusal.violations = std::move(violations);
  return refusal;
}

// A rule across fields: reported for the body as a whole, only when every field is good by itself.
Refusal value_error(const Json& body, std::string text) {
  Violation violation{};
  violation.kind = Kind::kValue;
  violation.input = body;
  violation.text = std::move(text);
  return refusal_of({std::move(violation)});
}

Json body_of(const Call& call) {
  Json room;
  return framework_body(call, room);
}

// --- Aspect ratios, with the messages of the official client's model ----------------------------

std::optional<std::string> ratio_problem(std::string_view text, const RatioLimits& limits) {
  const std::string prefix = "Invalid aspect ratio: ";
  const auto colon = text.find(':');
  const auto whole = [](std::string_view part) {
    return !part.empty() && part.size() < 10 &&
           part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (colon == std::string_view::npos || !whole(text.substr(0, colon)) ||
      !whole(text.substr(colon + 1)))
    return prefix + "Aspect ratio must be in the format of 'width:height'";
  const double w = std::stod(std::string(text.substr(0, colon)));
  const double h = std::stod(std::string(text.substr(colon + 1)));
  if (h == 0) return prefix + "division by zero";
  const double ratio = w / h;
  if (limits.allow(ratio)) return std::nullopt;
  char shown[64];
  std::snprintf(shown, sizeof shown, "%.3f", ratio);
  return prefix + "Aspect ratio " + std::string(text) + " (" + shown + ") must be between " +
         limits.least + " and " + limits.most;
}

// --- Input images --------------------------------------------------------------------------------

// What is wrong with the size of a picture; "" when nothing is, or when it is unknown.
std::string size_problem(const IncomingPicture& picture, const Facts& facts) {
  if (!picture.picture.size) return "";
  const image::Size size = *picture.picture.size;
  const double most = picture.field->picture->most_pixels.value_or(facts.max_image_pixels);
  if (static_cast<double>(size.width) * size.height > most)
    return "Image dimensions exceed " + megapixels(most) + " megapixels";
  const int side = facts.min_image_side;
  if (size.width >= side && size.height >= side) return "";
  return "Image dimensions must be at least " + std::to_string(side) + "x" + std::to_string(side) +
         " pixels";
}

// The first thing wrong with a picture, as a text that is refused at once or as the error of the
// task; what has to be fetched is looked at when the task is at work.
struct ImageProblem {
  std::string text;  // "" : nothing
  std::string late;  // name under task_errors; ""
};

ImageProblem image_problem(const IncomingPicture& picture, const Contract& contract) {
  const Facts& facts = facts_of(contract);
  const bool file = picture.form == IncomingPicture::Form::kFile;
  if (!file && picture.value->get_ref<const std::string&>().size() > facts.max_image_text)
    return {"Image file size exceeds 20MB limit", ""};
  if (const auto bad = bad_picture(picture, contract)) {
    if (!bad->at_once) return {"", bad->name};
    return {std::string(contract::text_named(facts.image_messages, bad->name, bad->name)), ""};
  }
  std::string text = size_problem(picture, facts);
  if (file && !text.empty()) return {"", facts.late_image_error};
  return {std::move(text), ""};
}

Result<InputImages, std::string> images_in(const Json& input, const Endpoint& endpoint,
                                           const Contract& contract, const Call& call) {
  InputImages out;
  for (const IncomingPicture& picture : pictures_in(input, endpoint.fields, contract, call)) {
    ImageProblem problem = image_problem(picture, contract);
    if (!problem.text.empty()) return Failure{std::move(problem.text)};
    if (out.late_error.empty()) out.late_error = std::move(problem.late);
    if (!picture.picture.size) continue;
    const image::Size size = *picture.picture.size;
    out.pixels += static_cast<double>(size.width) * size.height;
    if (!out.first) out.first = size;
  }
  return out;
}

std::optional<std::string> cross_field_problem(const Json& input, const Endpoint& endpoint,
                                               const Contract& contract) {
  const std::string_view ratio = text_in(input, "aspect_ratio");
  const Field* asked = endpoint.field("aspect_ratio");
  const bool free = asked != nullptr && asked->type == contract::Type::kString;
  if (const auto given = input.find("aspect_ratio");
      free && given != input.end() && given->is_string())
    if (auto problem = ratio_problem(ratio, facts_of(contract).ratio_limits)) return problem;
  const std::string& needs = facts_of(endpoint).needs;
  if (needs == "prompt_or_image" && facts_of(contract).require_prompt_or_image &&
      text_in(input, "prompt").empty() && text_in(input, "image_prompt").empty())
    return "Either prompt or image_prompt must be provided";
  if (needs == "side") {
    int sum = 0;
    for (const char* side : {"top", "bottom", "left", "right"})
      sum += number_in(input, side).value_or(0);
    if (sum == 0) return "At least one side must be expanded (top, bottom, left, or right)";
  }
  if (needs == "control" && text_in(input, "control_image").empty() &&
      text_in(input, "preprocessed_image").empty())
    return "Either control_image or preprocessed_image must be provided";
  return std::nullopt;
}

// The prompt as it is really used: rewritten where the endpoint, or the caller, asks for it.
std::string used_prompt(const Json& input, const Endpoint& endpoint, const Contract& contract,
                        const std::string& prompt) {
  if (prompt.empty() || flag_in(input, "disable_pup")) return prompt;
  if (!facts_of(endpoint).upsampled && !flag_in(input, "prompt_upsampling")) return prompt;
  return contract::filled(facts_of(contract).upsampled_prompt, {{"prompt", prompt}});
}

}  // namespace

std::optional<Refusal> body_refusal(const Call& call) {
  if (call.request->body.empty() || call.json()) return std::nullopt;
  const JsonProblem& problem = call.json().error();
  Violation violation{};
  violation.kind = Kind::kJson;
  violation.where.emplace_back(static_cast<std::int64_t>(problem.position));
  violation.text = problem.text;
  return refusal_of({std::move(violation)});
}

namespace {

// The body with single texts as lists of one, where a field takes either.
Json with_lists(Json body, const std::vector<Field>& fields) {
  if (!body.is_object()) return body;
  for (const Field& field : fields) {
    if (!facts_of(field).one_or_many) continue;
    if (const auto given = body.find(field.name); given != body.end() && given->is_string())
      *given = Json::array({*given});
  }
  return body;
}

}  // namespace

bool knows_finetune(const Call& call, const Contract& contract, const std::string& id) {
  for (const std::string& glob : facts_of(contract).finetunes)
    if (glob_matches(glob, id)) return true;
  return call.notes.find("finetune " + id) != nullptr;
}

Result<Json, Refusal> validated(const Call& call, const std::vector<Field>& fields, bool closed) {
  const Json body = with_lists(body_of(call), fields);
  if (body.is_null()) {
    Violation violation{};
    violation.kind = Kind::kMissing;
    return Failure{refusal_of({std::move(violation)})};
  }
  auto checked = contract::validate(body, fields, closed, {});
  if (!checked) return Failure{refusal_of(checked.error())};
  return std::move(*checked);
}

const Endpoint* endpoint_of(const Call& call, const Contract& contract) {
  if (call.capture("tool").empty()) return contract.endpoint(call.capture("endpoint"));
  return contract.endpoint("flux-tools/" + std::string(call.capture("tool")));
}

Result<Submission, Refusal> read_submission(const Call& call, const Contract& contract) {
  const Endpoint* endpoint = endpoint_of(call, contract);
  auto input = validated(call, endpoint->fields, endpoint->closed);
  if (!input) return Failure{input.error()};
  const Json body = body_of(call);
  if (auto problem = cross_field_problem(*input, *endpoint, contract))
    return Failure{value_error(body, std::move(*problem))};
  const auto images = images_in(*input, *endpoint, contract, call);
  if (!images) return Failure{value_error(body, images.error())};
  if (auto problem = canvas_problem(*input, *endpoint, *images, contract))
    return Failure{value_error(body, std::move(*problem))};

  Submission out;
  out.endpoint = endpoint->id;
  out.prompt = prompt_in(*input, endpoint->fields);
  const image::Size size = output_size(*input, *endpoint, *images);
  out.plan.width = size.width;
  out.plan.height = size.height;
  out.plan.format = format_in(*input, *endpoint);
  out.seed = seed_in(*input, endpoint->fields);
  out.cost = price_of(*input, *endpoint, size, *images);
  note_megapixels(out.note, *endpoint, size, *images);
  if (!images->late_error.empty()) {
    out.doomed = End::kFailed;
    out.note["late_error"] = images->late_error;
  }
  out.links_live = facts_of(*endpoint).link_life;
  if (auto used = used_prompt(*input, *endpoint, contract, out.prompt); used != out.prompt)
    out.note["used_prompt"] = std::move(used);
  if (const std::string_view url = text_in(*input, "webhook_url"); !url.empty())
    out.webhook = WebhookAsk{std::string(url), std::string(text_in(*input, "webhook_secret")), 0};
  // Pictures sent in can be large, and nothing asks for them again.
  for (const Field& field : endpoint->fields)
    if (const auto given = input->find(field.name); given != input->end() && !given->is_null())
      if (takes_picture(field)) input->erase(given);
  out.input = std::move(*input);
  return out;
}

Json missing_parameter(std::string_view name) {
  return {{"detail",
           {{{"type", "missing"},
             {"loc", {"query", name}},
             {"msg", "Field required"},
             {"input", nullptr}}}}};
}

Json invalid_detail(const Call& call, std::string_view text) {
  Json item = {{"type", "value_error"}, {"loc", {"body"}}};
  Json input = nullptr;
  if (call.request->method == "POST") {
    input = body_of(call);
  } else {
    item["loc"] = {"query"};
    // The one parameter a path has, if it has any.
    for (const char* name : {"id", "finetune_id"})
      if (const auto given = call.parameter(name)) {
        item["loc"].push_back(name);
        input = valid_utf8(*given);
      }
  }
  item["msg"] = "Value error, " + std::string(text);
  item["input"] = std::move(input);
  item["ctx"] = {{"error", Json::object()}};
  return Json::array({std::move(item)});
}

namespace {

Field required(const char* name, contract::Type type) {
  Field field;
  field.name = name;
  field.type = type;
  field.required = true;
  return field;
}

}  // namespace

const std::vector<Field>& finetune_id_fields() {
  static const std::vector<Field> fields = {required("finetune_id", contract::Type::kString)};
  return fields;
}

const std::vector<Field>& finetune_fields() {
  static const std::vector<Field> fields = {required("file_data", contract::Type::kString),
                                            required("finetune_comment", contract::Type::kString)};
  return fields;
}

const std::vector<Field>& usage_fields() {
  static const std::vector<Field> fields = {
      required("number_of_generations", contract::Type::kInteger)};
  return fields;
}

}  // namespace emulator::bfl
