#include "emulator/providers/bfl/submission.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/sizes.h"

namespace emulator::bfl {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;
using contract::Violation;
using Kind = contract::Violation::Kind;

constexpr double kMegapixel = 1'048'576;  // BFL counts in powers of two

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

// What the framework hands to validation: the JSON value, or the raw text when the content type is
// not JSON, or null when there is no body.
Json body_of(const Call& call) {
  if (call.request->body.empty()) return nullptr;
  if (!is_json_body(call)) return valid_utf8(call.request->body);
  return *call.json();
}

std::string_view text_in(const Json& input, const std::string& name) {
  const auto found = input.find(name);
  return found != input.end() && found->is_string()
             ? std::string_view(found->get_ref<const std::string&>())
             : std::string_view();
}

bool flag_in(const Json& input, const char* name) {
  const auto found = input.find(name);
  return found != input.end() && found->is_boolean() && found->get<bool>();
}

std::optional<int> number_in(const Json& input, const char* name) {
  const auto found = input.find(name);
  if (found == input.end() || !found->is_number()) return std::nullopt;
  return static_cast<int>(std::clamp(found->get<double>(), -1e9, 1e9));
}

// --- Aspect ratios, with the messages of the official client's model
// ------------------------------

std::optional<std::string> ratio_problem(std::string_view text, const Json& limits) {
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
  const std::string& least = limits.at(0).get_ref<const std::string&>();
  const std::string& most = limits.at(1).get_ref<const std::string&>();
  const double ratio = w / h;
  if (ratio >= *ratio_of(least) && ratio <= *ratio_of(most)) return std::nullopt;
  char shown[64];
  std::snprintf(shown, sizeof shown, "%.3f", ratio);
  return prefix + "Aspect ratio " + std::string(text) + " (" + shown + ") must be between " +
         least + " and " + most;
}

// --- Input images
// -----------------------------------------------------------------------------------

bool is_address(std::string_view text) {
  return starts_with_name(text, "http://") || starts_with_name(text, "https://");
}

struct InputImages {
  std::optional<image::Size> first;  // of the first image whose size is known
  double pixels = 0;                 // of all whose size is known
};

// Reads the sizes of the images in the body. Addresses are never fetched; what they show is
// unknown.
Result<InputImages, std::string> images_in(const Json& input, const Endpoint& endpoint,
                                           const Contract& contract) {
  InputImages out;
  for (const Field& field : endpoint.fields) {
    if (!field.extra.is_object() || !field.extra.contains("image")) continue;
    const std::string_view text = text_in(input, field.name);
    if (text.empty() || is_address(text)) continue;
    if (text.size() > contract.value("max_image_text").get<std::size_t>())
      return Failure{std::string("Image file size exceeds 20MB limit")};
    const auto file = inline_file(text);
    if (!file) return Failure{std::string("Invalid base64 encoding for image")};
    const auto size = image::size_of(*file);
    if (!size) return Failure{std::string("Error processing image")};
    const double pixels = static_cast<double>(size->width) * size->height;
    if (pixels > contract.value("max_image_pixels").get<double>())
      return Failure{std::string("Image dimensions exceed 20 megapixels")};
    const int side = contract.value("min_image_side").get<int>();
    if (size->width < side || size->height < side)
      return Failure{"Image dimensions must be at least " + std::to_string(side) + "x" +
                     std::to_string(side) + " pixels"};
    out.pixels += pixels;
    if (!out.first) out.first = size;
  }
  return out;
}

// --- Sizes and prices
// -------------------------------------------------------------------------------

image::Size default_size(const Json& rule) {
  const auto found = rule.find("default");
  if (found == rule.end()) return {1024, 1024};
  return {found->at(0).get<int>(), found->at(1).get<int>()};
}

image::Size output_size(const Json& input, const Endpoint& endpoint, const InputImages& images) {
  const Json& rule = endpoint.size;
  const std::string name = rule.value("rule", "");
  if (name == "fields")
    return {number_in(input, "width").value_or(1024), number_in(input, "height").value_or(768)};
  if (name == "input") {
    image::Size size = images.first.value_or(default_size(rule));
    if (rule.contains("margins")) {
      size.width += number_in(input, "left").value_or(0) + number_in(input, "right").value_or(0);
      size.height += number_in(input, "top").value_or(0) + number_in(input, "bottom").value_or(0);
    }
    return size;
  }
  if (name == "fields_or_input") {
    const int step = rule.at("step").get<int>();
    const image::Size usual = images.first.value_or(default_size(rule));
    // Sides beyond the largest picture are brought within it below.
    const auto side = [&](const char* field, int otherwise) {
      const int asked = std::min(number_in(input, field).value_or(otherwise), 65'536);
      return std::max(step, asked / step * step);
    };
    return within({side("width", usual.width), side("height", usual.height)},
                  rule.at("pixels").get<double>(), step);
  }
  const std::string_view ratio = text_in(input, "aspect_ratio");
  if (!ratio.empty()) return size_for(rule, ratio).value_or(image::Size{1024, 1024});
  if (images.first)
    return size_for(rule, static_cast<double>(images.first->width) / images.first->height)
        .value_or(image::Size{1024, 1024});
  return {1024, 1024};
}

double two_decimals(double value) { return std::round(value * 100) / 100; }

image::Format format_in(const Json& input, const Endpoint& endpoint) {
  std::string_view text = text_in(input, "output_format");
  const Field* field = endpoint.field("output_format");
  if (text.empty() && field != nullptr && field->default_value)
    text = field->default_value->get_ref<const std::string&>();
  if (text == "png") return image::Format::kPng;
  if (text == "webp") return image::Format::kWebp;
  return image::Format::kJpeg;
}

std::optional<std::string> cross_field_problem(const Json& input, const Endpoint& endpoint,
                                               const Contract& contract) {
  const std::string_view ratio = text_in(input, "aspect_ratio");
  const auto asked = input.find("aspect_ratio");
  if (asked != input.end() && asked->is_string())
    if (auto problem = ratio_problem(ratio, contract.value("ratio_limits"))) return problem;
  const std::string needs =
      endpoint.extra.is_object() ? endpoint.extra.value("needs", "") : std::string();
  if (needs == "prompt_or_image" && contract.value("require_prompt_or_image").get<bool>() &&
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
  const bool always = endpoint.extra.is_object() && endpoint.extra.value("upsampled", false);
  if (prompt.empty() || (!always && !flag_in(input, "prompt_upsampling"))) return prompt;
  std::string text = contract.value("upsampled_prompt").get<std::string>();
  if (const auto at = text.find("{prompt}"); at != std::string::npos) text.replace(at, 8, prompt);
  return text;
}

}  // namespace

bool is_json_body(const Call& call) {
  const auto header = call.request->headers.get("content-type");
  if (!header) return true;  // the framework then supposes JSON
  const std::string type = lower_case(trimmed(header->substr(0, header->find(';'))));
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

std::optional<Refusal> body_refusal(const Call& call) {
  if (call.request->body.empty() || call.json()) return std::nullopt;
  const JsonProblem& problem = call.json().error();
  Violation violation{};
  violation.kind = Kind::kJson;
  violation.where.emplace_back(static_cast<std::int64_t>(problem.position));
  violation.text = problem.text;
  return refusal_of({std::move(violation)});
}

Result<Json, Refusal> validated(const Call& call, const std::vector<Field>& fields) {
  const Json body = body_of(call);
  if (body.is_null()) {
    Violation violation{};
    violation.kind = Kind::kMissing;
    return Failure{refusal_of({std::move(violation)})};
  }
  auto checked = contract::validate(body, fields, false, {});
  if (!checked) return Failure{refusal_of(checked.error())};
  return std::move(*checked);
}

const Endpoint* endpoint_of(const Call& call, const Contract& contract) {
  if (call.capture("tool").empty()) return contract.endpoint(call.capture("endpoint"));
  return contract.endpoint("flux-tools/" + std::string(call.capture("tool")));
}

Result<Submission, Refusal> read_submission(const Call& call, const Contract& contract) {
  const Endpoint* endpoint = endpoint_of(call, contract);
  auto input = validated(call, endpoint->fields);
  if (!input) return Failure{input.error()};
  const Json body = body_of(call);
  if (auto problem = cross_field_problem(*input, *endpoint, contract))
    return Failure{value_error(body, std::move(*problem))};
  const auto images = images_in(*input, *endpoint, contract);
  if (!images) return Failure{value_error(body, images.error())};

  Submission out;
  out.endpoint = endpoint->id;
  out.prompt = text_in(*input, "prompt");
  const image::Size size = output_size(*input, *endpoint, *images);
  out.plan.width = size.width;
  out.plan.height = size.height;
  out.plan.format = format_in(*input, *endpoint);
  if (const auto seed = input->find("seed"); seed != input->end() && seed->is_number())
    out.seed = seed->is_number_unsigned() ? seed->get<std::uint64_t>()
                                          : static_cast<std::uint64_t>(seed->get<std::int64_t>());
  out.cost = endpoint->price;
  if (endpoint->extra.is_object() && endpoint->extra.contains("megapixels")) {
    const Json& price = endpoint->extra.at("megapixels");
    const double made = static_cast<double>(size.width) * size.height / kMegapixel;
    const double given = images->pixels / kMegapixel;
    const double further = price.at("further").get<double>();
    out.cost =
        two_decimals(price.at("first").get<double>() +
                     further * std::max(0.0, std::ceil(made) - 1) + further * std::ceil(given));
    out.note["input_mp"] = two_decimals(given);
    out.note["output_mp"] = two_decimals(made);
  }
  if (auto used = used_prompt(*input, *endpoint, contract, out.prompt); used != out.prompt)
    out.note["used_prompt"] = std::move(used);
  if (const std::string_view url = text_in(*input, "webhook_url"); !url.empty())
    out.webhook = WebhookAsk{std::string(url), std::string(text_in(*input, "webhook_secret")), 0};
  // Pictures sent in can be large, and nothing asks for them again.
  for (const Field& field : endpoint->fields)
    if (const auto given = input->find(field.name); given != input->end() && !given->is_null())
      if (field.extra.is_object() && field.extra.contains("image")) input->erase(given);
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
