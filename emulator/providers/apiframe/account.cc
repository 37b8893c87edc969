#include "emulator/providers/apiframe/account.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/apiframe/facts.h"
#include "emulator/providers/apiframe/submission.h"

namespace emulator::apiframe {
namespace {

std::string id_for(const Sandbox& box, std::string_view purpose) {
  Draw draw = box.draw(purpose);
  return uuid_v4(draw);
}

// "flux-1.1-pro-ultra" as "Flux 1.1 Pro Ultra".
std::string label_of(std::string_view id) {
  std::string label;
  bool first = true;
  for (const char c : id) {
    const bool lower = c >= 'a' && c <= 'z';
    label += c == '-' ? ' ' : first && lower ? static_cast<char>(c - 'a' + 'A') : c;
    first = c == '-';
  }
  return label;
}

}  // namespace

Json me_body(const Call& call, const contract::Contract& contract, std::string_view key,
             double credits) {
  const Facts& facts = facts_of(contract);
  const Sandbox& box = *call.box;
  Json body;
  body["user"] = {
      {"id", id_for(box, "apiframe user")}, {"email", facts.user_email}, {"role", facts.user_role}};
  body["team"] = {{"id", id_for(box, "apiframe team")},
                  {"name", facts.team_name},
                  {"credits", std::llround(std::max(0.0, std::floor(credits)))},
                  {"plan", facts.team_plan},
                  {"customerId", nullptr}};
  body["apiKey"] = {
      {"id", id_for(box, "apiframe key")}, {"name", facts.key_name}, {"prefix", key.substr(0, 8)}};
  return body;
}

Result<Json, Refusal> models_body(const Call& call, const contract::Contract& contract) {
  const auto modality = call.parameter("modality");
  if (modality && *modality != "image" && *modality != "video" && *modality != "music") {
    contract::Violation violation{};
    violation.kind = contract::Violation::Kind::kEnum;
    violation.where.emplace_back(std::string("modality"));
    violation.input = valid_utf8(*modality);
    violation.limit = {"image", "video", "music"};
    return Failure{invalid(contract, {std::move(violation)})};
  }
  Json models = Json::array();
  for (const contract::Endpoint& endpoint : contract.endpoints) {
    if (endpoint.route.starts_with("v1") || modality.value_or("image") != "image") continue;
    const auto price = std::llround(endpoint.price);
    models.push_back({{"id", endpoint.id},
                      {"label", label_of(endpoint.id)},
                      {"modality", "image"},
                      {"pricingMode", "flat"},
                      {"costMin", price},
                      {"costMax", price}});
  }
  return Json{{"models", std::move(models)}};
}

}  // namespace emulator::apiframe
