// Models as data for clients: their schemas are made from the contract's fields, so that what is
// announced is what is checked.
#include "emulator/providers/wavespeed/catalogue.h"

#include <map>
#include <string>
#include <utility>

#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"
#include "emulator/providers/wavespeed/terms.h"
#include "emulator/providers/wavespeed/wording.h"

namespace emulator::wavespeed {
namespace {

using contract::Endpoint;
using contract::Field;
using contract::Type;

std::string_view type_word(Type type) {
  switch (type) {
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "number";
    case Type::kBoolean:
      return "boolean";
    case Type::kArray:
      return "array";
    case Type::kObject:
    case Type::kAny:
      return "object";
    case Type::kString:
    case Type::kEnum:
    case Type::kUrl:
      break;
  }
  return "string";
}

// An object with its members in the order of the alphabet, as the catalogue prints schemas.
Json sorted(std::map<std::string, Json>&& members) {
  Json out = Json::object();
  for (auto& [name, value] : members) out[name] = std::move(value);
  return out;
}

Json schema_of(const Field& field);

Json properties_of(const std::vector<Field>& fields) {
  std::map<std::string, Json> out;
  for (const Field& field : fields) out[field.name] = schema_of(field);
  return sorted(std::move(out));
}

Json required_of(const std::vector<Field>& fields) {
  Json out = Json::array();
  for (const Field& field : fields)
    if (field.required) out.push_back(field.name);
  return out;
}

Json plain(const Json& value) {
  return value.is_number_float() ? amount(value.get<double>()) : value;
}

Json schema_of(const Field& field) {
  std::map<std::string, Json> out;
  const bool numbers = !field.options.empty() && field.options.front().is_number_integer();
  out["type"] = numbers ? "integer" : type_word(field.type);
  if (field.default_value) out["default"] = plain(*field.default_value);
  if (!field.options.empty()) out["enum"] = field.options;
  if (field.min) out["minimum"] = amount(*field.min);
  if (field.max) out["maximum"] = amount(*field.max);
  const bool array = field.type == Type::kArray;
  if (field.min_length && *field.min_length > 0)
    out[array ? "minItems" : "minLength"] = *field.min_length;
  if (field.max_length) out[array ? "maxItems" : "maxLength"] = *field.max_length;
  if (field.items) out["items"] = schema_of(*field.items);
  if (field.type == Type::kObject) {
    out["properties"] = properties_of(field.fields);
    out["required"] = required_of(field.fields);
  }
  const FieldFacts& facts = facts_of(field);
  if (facts.step) out["step"] = *facts.step;
  if (facts.hidden) out["x-hidden"] = true;
  return sorted(std::move(out));
}

Json request_schema(const Endpoint& endpoint) {
  Json order = Json::array();
  for (const Field& field : endpoint.fields) order.push_back(field.name);
  return {{"additionalProperties", false},
          {"properties", properties_of(endpoint.fields)},
          {"required", required_of(endpoint.fields)},
          {"type", "object"},
          {"x-order-properties", std::move(order)}};
}

std::string described(const Endpoint& endpoint, const std::string& otherwise) {
  const std::string& about = facts_of(endpoint).description;
  return about.empty() ? otherwise : about;
}

}  // namespace

Json catalogue(const contract::Contract& contract, const Origin& origin) {
  Json out = Json::array();
  const std::string server = origin.base("api");
  for (const Endpoint& endpoint : contract.endpoints) {
    const EndpointFacts& facts = facts_of(endpoint);
    if (!facts.listed) continue;
    out.push_back(
        {{"model_id", endpoint.id},
         {"name", endpoint.id},
         {"base_price", amount(endpoint.price)},
         {"description", described(endpoint, endpoint.id + ", " + facts.type)},
         {"type", facts.type},
         {"sort_order", facts.sort_order},
         {"api_schema",
          {{"api_schemas", Json::array({{{"type", "model_run"},
                                         {"method", "POST"},
                                         {"server", server},
                                         {"api_path", "/api/v3/" + endpoint.id},
                                         {"request_schema", request_schema(endpoint)}}})}}}});
  }
  return out;
}

// Everything that is asked of it stands under `components.schemas.Input`; the rest is around it as
// OpenAPI wants it.
Json model_schema(const Endpoint& endpoint, const Origin& origin) {
  const auto ref = [](const char* name) {
    return Json{{"$ref", std::string("#/components/schemas/") + name}};
  };
  const auto answer = [&] {
    return Json{{"200",
                 {{"description", "The prediction"},
                  {"content", {{"application/json", {{"schema", ref("Prediction")}}}}}}}};
  };
  const Json text = {{"type", "string"}};
  Json paths;
  paths["/api/v3/" + endpoint.id] = {
      {"post",
       {{"requestBody",
         {{"required", true}, {"content", {{"application/json", {{"schema", ref("Input")}}}}}}},
        {"responses", answer()}}}};
  paths["/api/v3/predictions/{id}/result"] = {
      {"get",
       {{"parameters",
         Json::array({{{"name", "id"}, {"in", "path"}, {"required", true}, {"schema", text}}})},
        {"responses", answer()}}}};
  const Json prediction = {
      {"type", "object"},
      {"properties",
       {{"id", text},
        {"model", text},
        {"outputs", {{"type", "array"}, {"items", text}}},
        {"urls", {{"type", "object"}, {"properties", {{"get", text}}}}},
        {"has_nsfw_contents", {{"type", "array"}, {"items", {{"type", "boolean"}}}}},
        {"status", text},
        {"created_at", text},
        {"error", text},
        {"timings",
         {{"type", "object"}, {"properties", {{"inference", {{"type", "integer"}}}}}}}}}};
  return {{"openapi", "3.0.0"},
          {"info",
           {{"title", endpoint.id},
            {"description", described(endpoint, endpoint.id)},
            {"version", "1.0.0"}}},
          {"servers", Json::array({{{"url", origin.base("api")}}})},
          {"security", Json::array({{{"apiKeyAuth", Json::array()}}})},
          {"paths", std::move(paths)},
          {"components",
           {{"securitySchemes", {{"apiKeyAuth", {{"type", "http"}, {"scheme", "bearer"}}}}},
            {"schemas", {{"Input", request_schema(endpoint)}, {"Prediction", prediction}}}}}};
}

Result<Json, Refusal> price_answer(const Call& call, const contract::Contract& contract,
                                   bool older) {
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  const auto id = body->find("model_id");
  if (id == body->end() || id->is_null()) return Failure{about_field("missing", "model_id")};
  if (!id->is_string())
    return Failure{
        about_field("wrong_type", "model_id", {{"kind", "string"}, {"got", shown_value(*id)}})};
  const Endpoint* endpoint = contract.endpoint(id->get_ref<const std::string&>());
  if (endpoint == nullptr)
    return Failure{unknown_model(contract, id->get_ref<const std::string&>())};
  Json inputs = body->value("inputs", Json());
  if (inputs.is_null()) inputs = Json::object();
  if (!inputs.is_object())
    return Failure{
        about_field("wrong_type", "inputs", {{"kind", "object"}, {"got", shown_value(inputs)}})};
  const auto input = checked_input(contract, std::move(inputs), *endpoint,
                                   facts_of(contract).price_needs_required);
  if (!input) return Failure{input.error()};
  const double price = cost_of(*endpoint, *input);
  if (older)
    return Json{{"model_id", endpoint->id}, {"unit_price", amount(price)}, {"currency", "USD"}};
  const double rate = facts_of(contract).discount_rate;
  return Json{{"model_id", endpoint->id},
              {"price", amount(price)},
              {"discounted_price", amount(price * (100 - rate) / 100)},
              {"discount_rate", amount(rate)},
              {"currency", "USD"}};
}

}  // namespace emulator::wavespeed
