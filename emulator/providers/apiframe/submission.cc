#include "emulator/providers/apiframe/submission.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/contract/validate.h"
#include "emulator/contract/wording.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/apiframe/facts.h"

namespace emulator::apiframe {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Violation;
using Kind = contract::Violation::Kind;

// --- The union ---------------------------------------------------------------------------------

// 'a' | 'b', every model of the route, in the contract's order.
std::string models_of(const Contract& contract, std::string_view route) {
  std::string text;
  for (const Endpoint& endpoint : contract.endpoints)
    if (endpoint.route == route) text += (text.empty() ? "'" : " | '") + endpoint.id + "'";
  return text;
}

Result<const Endpoint*, Refusal> model_in(const Json& body, const Contract& contract,
                                          std::string_view route) {
  const auto named = body.find("model");
  const Endpoint* endpoint = named != body.end() && named->is_string()
                                 ? contract.endpoint(named->get_ref<const std::string&>())
                                 : nullptr;
  if (endpoint != nullptr && endpoint->route == route) return endpoint;
  Violation violation{};
  violation.kind = Kind::kValue;
  violation.where.emplace_back(std::string("model"));
  violation.text = contract::zod_text("union", {{"expected", models_of(contract, route)}},
                                      facts_of(contract).messages);
  return Failure{invalid(contract, {std::move(violation)})};
}

// --- Webhooks and repeats ----------------------------------------------------------------------

template <class Names>
std::uint32_t events_in(const Names& names) {
  std::uint32_t bits = 0;
  for (const auto& name : names)
    bits |= name == "completed" ? kCompletedEvent
            : name == "failed"  ? kFailedEvent
                                : kProgressEvent;
  return bits;
}

std::optional<WebhookAsk> webhook_in(const Json& input, const Call& call,
                                     const Contract& contract) {
  std::string url(text_in(input, "webhookUrl"));
  if (url.empty()) url = text_in(input, "webhook_url");
  if (url.empty()) return std::nullopt;
  const auto asked = input.find("webhookEvents");
  const std::uint32_t events =
      asked == input.end() ? events_in(facts_of(contract).webhook_events) : events_in(*asked);
  const auto key = call.request->headers.get("x-api-key").value_or("");
  return WebhookAsk{std::move(url), webhook_secret(trimmed(key)), events};
}

// The Idempotency-Key, if there is one and it is not too long.
Result<std::optional<RepeatKey>, Refusal> repeat_in(const Call& call, const Contract& contract) {
  const auto header = call.request->headers.get("idempotency-key");
  if (!header || header->empty()) return std::optional<RepeatKey>();
  const std::size_t limit = facts_of(contract).key_header_limit;
  if (code_points(*header) > limit) {
    Violation violation{};
    violation.kind = Kind::kTooLong;
    violation.where.emplace_back(std::string("Idempotency-Key"));
    violation.input = valid_utf8(*header);
    violation.limit = limit;
    return Failure{invalid(contract, {std::move(violation)})};
  }
  RepeatKey repeat;
  repeat.key = std::string(*header);
  repeat.print = to_hex(sha256(call.path + "\n" + compact_json(*call.json())));
  repeat.life = contract.common.idempotency_life.value_or(Duration(0));
  repeat.must_match = facts_of(contract).idempotency_conflict;
  return std::optional<RepeatKey>(std::move(repeat));
}

// The body as a job shows it: without what belongs to the delivery, and with pictures that were
// sent in as data cut short, since there may be many and large ones.
Json shown_input(Json body, std::size_t longest) {
  const auto cut = [longest](auto&& self, Json& value) -> void {
    if (value.is_structured()) {
      for (Json& member : value) self(self, member);
    } else if (value.is_string()) {
      auto& text = value.get_ref<std::string&>();
      if (text.size() > longest && text.starts_with("data:")) text.resize(64);
    }
  };
  for (const char* name : {"webhookUrl", "webhook_url", "webhookEvents"}) body.erase(name);
  cut(cut, body);
  return body;
}

// --- The picture ---------------------------------------------------------------------------------

image::Format format_of(const Endpoint& endpoint, const Json& parameters) {
  const std::string_view word = format_word_in(parameters, parameter_fields(endpoint));
  return format_named(word.empty() ? facts_of(endpoint).format : word);
}

// "1024x1536", as some models have it.
std::optional<image::Size> size_text(std::string_view text) {
  const auto x = text.find('x');
  if (x == std::string::npos) return std::nullopt;
  const auto side = [](std::string_view digits) {
    int value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9' || value > 100'000) return 0;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const image::Size size{side(text.substr(0, x)), side(text.substr(x + 1))};
  if (size.width < 1 || size.height < 1 || size.width > image::kMostSide ||
      size.height > image::kMostSide)
    return std::nullopt;
  return size;
}

image::Size size_of_output(const Endpoint& endpoint, const Json& parameters,
                           const std::optional<image::Size>& sent) {
  const auto width = number_in(parameters, "width", 1, image::kMostSide);
  const auto height = number_in(parameters, "height", 1, image::kMostSide);
  if (width && height) return {*width, *height};
  if (const auto named = size_text(text_in(parameters, "size"))) return *named;
  const std::string_view ratio = text_in(parameters, "aspect_ratio");
  if (const auto size = size_for(endpoint.size, ratio)) return *size;
  const bool follows = ratio == "match_input_image" || endpoint.route != "generate";
  const auto given = follows ? sent : std::nullopt;
  image::Size size = given.value_or(size_for(endpoint.size, 1.0).value_or(image::Size{1024, 1024}));
  const std::string& scale = facts_of(endpoint).scale;
  if (scale.empty()) return size;
  const int factor = number_in(parameters, scale, 1, image::kMostSide).value_or(2);
  const auto grown = [factor](int side) { return std::min(side * factor, image::kMostSide); };
  return within({grown(size.width), grown(size.height)}, image::kMostPixels, 1);
}

}  // namespace

const std::vector<contract::Field>& parameter_fields(const Endpoint& endpoint) {
  const contract::Field* own = endpoint.field(facts_of(endpoint).params);
  return own == nullptr ? endpoint.fields : own->fields;
}

std::string webhook_secret(std::string_view key) { return to_hex(sha256(key)); }

Refusal invalid(const Contract& contract, std::vector<Violation> violations) {
  Refusal refusal;
  refusal.kind = RefusalKind::kInvalidInput;
  refusal.args["details"] = contract::zod_details(violations, facts_of(contract).messages);
  refusal.violations = std::move(violations);
  return refusal;
}

Plan plan_of(const Endpoint& endpoint, const Json& parameters,
             const std::optional<image::Size>& sent) {
  Plan plan;
  const image::Size size = size_of_output(endpoint, parameters, sent);
  plan.width = size.width;
  plan.height = size.height;
  plan.format = format_of(endpoint, parameters);
  if (const auto quality = parameters.find("output_quality");
      quality != parameters.end() && quality->is_number())
    plan.quality = static_cast<std::uint8_t>(std::clamp(quality->get<double>(), 0.0, 100.0));
  const EndpointFacts& facts = facts_of(endpoint);
  int count = facts.pictures.always;
  if (const std::string& field = facts.pictures.field; !field.empty())
    count = number_in(parameters, field, 1, 16'384).value_or(1);
  if (facts.grid) ++count;
  plan.count = static_cast<std::uint8_t>(std::clamp(count, 1, 16));
  return plan;
}

Result<Submission, Refusal> read_job(const Call& call, const Contract& contract) {
  const auto& body = call.json();
  if (!body) {
    Refusal refusal;
    refusal.error = "bad_json";
    return Failure{std::move(refusal)};
  }
  contract::Rules rules;
  rules.coercion = contract::Coercion::kStrict;
  if (!body->is_object())
    return Failure{invalid(contract, contract::validate(*body, {}, true, rules).error())};
  const auto model = model_in(*body, contract, call.route->name);
  if (!model) return Failure{model.error()};
  const Endpoint& endpoint = **model;
  const auto input = contract::validate(*body, endpoint.fields, endpoint.closed, rules);
  if (!input) return Failure{invalid(contract, input.error())};
  const auto pictures = pictures_in(*input, endpoint.fields, contract, call);
  const auto bad = bad_picture(pictures, contract);
  if (bad && bad->at_once) {
    Violation violation{};
    violation.kind = Kind::kValue;
    violation.where = bad->picture->where;
    violation.text = contract::text_named(facts_of(contract).messages, bad->name, bad->name);
    return Failure{invalid(contract, {std::move(violation)})};
  }
  auto repeat = repeat_in(call, contract);
  if (!repeat) return Failure{repeat.error()};

  const Json* found = member_in(*input, facts_of(endpoint).params);
  const Json parameters = found == nullptr ? Json::object() : *found;
  Submission out;
  out.endpoint = endpoint.id;
  out.prompt = prompt_in(*input, endpoint.fields);
  if (out.prompt.empty()) out.prompt = prompt_in(parameters, parameter_fields(endpoint));
  out.plan = plan_of(endpoint, parameters, first_size(pictures));
  out.seed = seed_in(parameters, parameter_fields(endpoint));
  out.cost = endpoint.price;
  out.webhook = webhook_in(*input, call, contract);
  out.repeat = std::move(*repeat);
  out.note = {{"api", 2}, {"grid", facts_of(endpoint).grid}};
  if (bad) {
    out.doomed = End::kFailed;
    out.note["trouble"] = bad->name;
  }
  out.input = shown_input(*body, facts_of(contract).longest_kept_data);
  return out;
}

}  // namespace emulator::apiframe
