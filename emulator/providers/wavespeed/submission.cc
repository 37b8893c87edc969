// From the body of a submission to what it asks for: fields, pixel sizes, price, callback.
#include "emulator/providers/wavespeed/submission.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/terms.h"
#include "emulator/providers/wavespeed/wording.h"
#include "emulator/webhook/signatures.h"

namespace emulator::wavespeed {
namespace {

// "Any seed". The library takes 2^64 - 1 for equal to -1.
bool is_minus_one(const Json& seed) { return !seed.is_number_unsigned() && seed == -1; }

using contract::Contract;
using contract::Endpoint;
using contract::Field;

// First segments under /api/v3/ that are no owners of models.
constexpr std::array<std::string_view, 9> kReserved{
    "predictions", "models", "model", "media", "balance", "billings", "user", "webhook", "account"};

std::optional<Refusal> size_refusal(const Field& field, const Json& value) {
  const auto& rule = facts_of(field).size;
  if (!rule || !value.is_string()) return std::nullopt;
  const auto size = size_in(value.get_ref<const std::string&>());
  if (!size) return about_field("bad_size", field.name, {{"got", shown_value(value)}});
  if (!rule->range) return std::nullopt;
  const auto [low, high] = *rule->range;
  if (std::min(size->width, size->height) >= low && std::max(size->width, size->height) <= high)
    return std::nullopt;
  const auto both = [](int side) { return std::to_string(side) + "*" + std::to_string(side); };
  return about_field("out_of_range", field.name,
                     {{"low", both(low)}, {"high", both(high)}, {"got", shown_value(value)}});
}

// What is wrong with a picture, for the sender: of a text that may be long, its beginning.
Refusal picture_refusal(const BadPicture& bad) {
  constexpr std::size_t kShown = 64;
  std::string text = bad.picture->value->get<std::string>();
  if (text.size() > kShown) text = valid_utf8(text.substr(0, kShown)) + "...";
  return about_field(bad.name, place_of(*bad.picture), {{"got", shown_value(text)}});
}

// A body's image can be large, and nothing needs it once its size is known.
Json without_images(Json input, const Endpoint& endpoint) {
  constexpr std::size_t kLongestAddress = 4'096;
  const auto shorten = [](Json& value) {
    if (value.is_string() && value.get_ref<const std::string&>().size() > kLongestAddress)
      value = value.get_ref<const std::string&>().substr(0, 64) + "...";
  };
  for (const Field& field : endpoint.fields) {
    const auto found = input.find(field.name);
    if (!takes_picture(field) || found == input.end()) continue;
    if (found->is_array())
      std::for_each(found->begin(), found->end(), shorten);
    else
      shorten(*found);
  }
  return input;
}

}  // namespace

Result<Json, Refusal> object_of(const Call& call) {
  Refusal refusal;
  refusal.kind = RefusalKind::kInvalidInput;
  if (trimmed(call.request->body).empty()) return Json(Json::object());
  const auto& body = call.json();
  if (!body || !body->is_object() || has_non_finite(*body)) return Failure{refusal};
  return Json(*body);
}

Result<Json, Refusal> checked_input(const Contract& contract, Json inputs, const Endpoint& endpoint,
                                    bool whole) {
  if (facts_of(contract).null_is_absent) {
    auto& members = inputs.get_ref<Json::object_t&>();
    Json given = object_with_room(members.size());
    auto& kept = given.get_ref<Json::object_t&>();
    for (auto& [key, value] : members)
      if (!value.is_null()) kept.emplace_back(key, std::move(value));
    inputs = std::move(given);
  }
  std::vector<Field> fields = endpoint.fields;
  for (Field& field : fields) {
    if (!whole) field.required = false;
    if (field.name == "seed" && facts_of(contract).strict_seed) {
      field.min = -1;
      field.max = 2147483647;
    }
    // An empty text is as good as none.
    const auto found = inputs.find(field.name);
    if (field.required && found != inputs.end() && found->is_string() &&
        found->get_ref<const std::string&>().empty())
      return Failure{about_field("missing", field.name)};
  }
  contract::Rules rules;
  rules.coercion = contract::Coercion::kStrict;
  rules.all = false;
  auto checked = contract::validate(inputs, fields, endpoint.closed, rules);
  if (!checked) return Failure{about(checked.error().front())};
  for (const Field& field : endpoint.fields)
    if (const auto found = checked->find(field.name); found != checked->end())
      if (auto refusal = size_refusal(field, *found)) return Failure{std::move(*refusal)};
  return std::move(*checked);
}

Refusal unknown_model(const Contract& contract, std::string_view id) {
  if (const std::string kind = model_kind(contract, id); !kind.empty())
    return not_emulated_model(contract, id, kind);
  Refusal refusal;
  refusal.kind = RefusalKind::kNotFound;
  refusal.error = "model_not_found";
  refusal.args["model"] = valid_utf8(id);
  return refusal;
}

std::string webhook_secret(const Sandbox& box, std::string_view purpose) {
  return webhook::drawn_secret(box, purpose);
}

Result<Submission, Refusal> read_submission(const Call& call, const Contract& contract) {
  const std::string_view id = call.capture("model");
  const Endpoint* endpoint = contract.endpoint(id);
  if (endpoint == nullptr) {
    const std::string_view owner = id.substr(0, id.find('/'));
    if (std::find(kReserved.begin(), kReserved.end(), owner) == kReserved.end())
      return Failure{unknown_model(contract, id)};
    Refusal refusal;
    refusal.kind = RefusalKind::kNotFound;
    refusal.error = "no_route";
    return Failure{std::move(refusal)};
  }
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  auto input = checked_input(contract, std::move(*body), *endpoint);
  if (!input) return Failure{input.error()};
  const auto pictures = pictures_in(*input, endpoint->fields, contract, call);
  const auto bad = bad_picture(pictures, contract);
  if (bad && bad->at_once) return Failure{picture_refusal(*bad)};

  Submission out;
  out.endpoint = endpoint->id;
  out.prompt = prompt_in(*input, endpoint->fields);
  const image::Size size = output_size(*input, *endpoint, first_size(pictures));
  out.plan.width = size.width;
  out.plan.height = size.height;
  std::string format(format_word_in(*input, endpoint->fields));
  if (format.empty()) format = "jpeg";
  out.plan.format = format_named(format);
  out.plan.count = picture_count(*input, *endpoint);
  if (const Json* seed = member_in(*input, "seed"); seed == nullptr || !is_minus_one(*seed))
    out.seed = seed_in(*input, endpoint->fields);
  out.cost = cost_of(*endpoint, *input);
  const bool sync = flag_in(*input, "enable_sync_mode");
  if (sync) out.wait = facts_of(contract).sync_wait;
  if (const auto hook = call.parameter("webhook"); hook && !hook->empty())
    out.webhook = WebhookAsk{*hook, webhook_secret(*call.box), 0};
  out.note = {{"extension", format}};
  if (flag_in(*input, "enable_base64_output")) out.note["base64"] = true;
  if (sync) out.note["sync"] = true;
  if (bad) {
    out.doomed = End::kFailed;
    out.note["trouble"] = bad->name;
  }
  out.input = without_images(std::move(*input), *endpoint);
  return out;
}

}  // namespace emulator::wavespeed
