#include "emulator/providers/bfl/openapi.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/providers/bfl/facts.h"

namespace emulator::bfl {
namespace {

using contract::Field;
using contract::Type;

Json basic_schema(const Field& field) {
  Json out;
  switch (field.type) {
    case Type::kString:
      out["type"] = "string";
      break;
    case Type::kInteger:
      out["type"] = "integer";
      break;
    case Type::kNumber:
      out["type"] = "number";
      break;
    case Type::kBoolean:
      out["type"] = "boolean";
      break;
    case Type::kEnum:
      out["type"] = "string";
      out["enum"] = field.options;
      break;
    case Type::kUrl:
      out["type"] = "string";
      out["format"] = "uri";
      break;
    case Type::kArray:
      out["type"] = "array";
      break;
    case Type::kObject:
      out["type"] = "object";
      break;
    case Type::kAny:
      break;
  }
  const bool list = field.type == Type::kArray;
  if (field.min_length) out[list ? "minItems" : "minLength"] = *field.min_length;
  if (field.max_length) out[list ? "maxItems" : "maxLength"] = *field.max_length;
  const auto bound = [&](const char* name, double value) {
    if (field.type == Type::kInteger)
      out[name] = static_cast<std::int64_t>(value);
    else
      out[name] = value;
  };
  if (field.max) bound("maximum", *field.max);
  if (field.min) bound("minimum", *field.min);
  if (field.multiple_of) out["multipleOf"] = *field.multiple_of;
  return out;
}

Json schema(const Field& field) {
  Json out;
  const bool many = facts_of(field).one_or_many;
  Json plain = basic_schema(field);
  if (field.items) plain["items"] = basic_schema(*field.items);
  if (field.nullable || many) {
    out["anyOf"] = Json::array();
    if (many) out["anyOf"].push_back(basic_schema(*field.items));
    out["anyOf"].push_back(std::move(plain));
    if (field.nullable) out["anyOf"].push_back({{"type", "null"}});
  } else {
    out = std::move(plain);
  }
  if (field.default_value && !field.default_value->is_null()) out["default"] = *field.default_value;
  return out;
}

Json reference(const char* name) { return {{"$ref", std::string("#/components/schemas/") + name}}; }

Json content(Json schema) { return {{"application/json", {{"schema", std::move(schema)}}}}; }

Json response(const char* description, Json schema) {
  return {{"description", description}, {"content", content(std::move(schema))}};
}

Json object_schema(std::initializer_list<std::pair<const char*, const char*>> members,
                   Json required = nullptr) {
  Json properties = Json::object();
  for (const auto& [name, type] : members)
    properties[name] = *type == '\0' ? Json::object() : Json{{"type", type}};
  Json out = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.is_null()) out["required"] = std::move(required);
  return out;
}

// The words of `status`: those of every endpoint, then those that some go through.
Json status_words(const contract::Contract& contract) {
  Json out = Json::array();
  const auto add = [&](const std::string& word) {
    if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(word);
  };
  for (const auto& [state, word] : contract.statuses) add(word);
  for (const contract::Endpoint& endpoint : contract.endpoints)
    for (const Stage& stage : facts_of(endpoint).stages) add(stage.status);
  return out;
}

Json schemas_of(const contract::Contract& contract) {
  Json out = {
      {"AsyncResponse", object_schema({{"id", "string"},
                                       {"polling_url", "string"},
                                       {"cost", "number"},
                                       {"input_mp", "number"},
                                       {"output_mp", "number"}},
                                      {"id", "polling_url"})},
      {"AsyncWebhookResponse", object_schema({{"id", "string"},
                                              {"status", "string"},
                                              {"webhook_url", "string"},
                                              {"cost", "number"},
                                              {"input_mp", "number"},
                                              {"output_mp", "number"}},
                                             {"id", "status", "webhook_url"})},
      {"ResultResponse", object_schema({{"id", "string"},
                                        {"status", ""},
                                        {"result", ""},
                                        {"progress", "number"},
                                        {"details", "object"},
                                        {"preview", "object"}},
                                       {"id", "status"})},
      {"HTTPValidationError", object_schema({{"detail", "array"}})},
      {"CreditsResponse", object_schema({{"credits", "number"}}, Json::array({"credits"}))},
      {"MyFinetunesResponse", object_schema({{"finetunes", "array"}}, Json::array({"finetunes"}))},
      {"FinetuneDetailResponse",
       object_schema({{"finetune_details", "object"}}, Json::array({"finetune_details"}))},
      {"DeleteFinetuneInputs",
       object_schema({{"finetune_id", "string"}}, Json::array({"finetune_id"}))},
      {"DeleteFinetuneResponse",
       object_schema({{"status", "string"},
                      {"message", "string"},
                      {"deleted_finetune_id", "string"},
                      {"timestamp", "string"}},
                     {"status", "message", "deleted_finetune_id", "timestamp"})}};
  // Null where it says nothing.
  for (const char* name : {"AsyncResponse", "AsyncWebhookResponse"})
    for (const char* member : {"cost", "input_mp", "output_mp"})
      out[name]["properties"][member] = {{"anyOf", {{{"type", "number"}}, {{"type", "null"}}}}};
  out["ResultResponse"]["properties"]["status"] = reference("StatusResponse");
  out["StatusResponse"] = {{"type", "string"}, {"enum", status_words(contract)}};
  out["SettledCostResultResponse"] = out["ResultResponse"];
  out["SettledCostResultResponse"]["properties"]["cost"] = {{"type", "number"}};
  return out;
}

Json security() { return Json::array({Json{{"APIKeyHeader", Json::array()}}}); }

Json submission(const contract::Endpoint& endpoint) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : endpoint.fields) {
    properties[field.name] = schema(field);
    if (field.required) required.push_back(field.name);
  }
  Json body = {{"type", "object"}, {"properties", std::move(properties)}};
  if (endpoint.closed) body["additionalProperties"] = false;
  if (!required.empty()) body["required"] = std::move(required);
  Json accepted = reference("AsyncResponse");
  if (endpoint.field("webhook_url") != nullptr)
    accepted = {{"anyOf", {accepted, reference("AsyncWebhookResponse")}}};
  Json out = Json::object();
  if (!facts_of(endpoint).deprecated.empty()) out["deprecated"] = true;
  out["requestBody"] = {{"required", true}, {"content", content(std::move(body))}};
  out["responses"] = {{"200", response("Accepted", std::move(accepted))},
                      {"422", response("Validation error", reference("HTTPValidationError"))}};
  out["security"] = security();
  return out;
}

Json question(const char* parameter, Json answer, bool with_key) {
  Json out = Json::object();
  if (*parameter != '\0')
    out["parameters"] = Json::array({Json{{"name", parameter},
                                          {"in", "query"},
                                          {"required", true},
                                          {"schema", {{"type", "string"}}}}});
  out["responses"] = {{"200", response("Successful Response", std::move(answer))}};
  if (*parameter != '\0')
    out["responses"]["422"] = response("Validation error", reference("HTTPValidationError"));
  if (with_key) out["security"] = security();
  return out;
}

}  // namespace

Json openapi_document(const contract::Contract& contract) {
  Json paths;
  for (const contract::Endpoint& endpoint : contract.endpoints) {
    // What the service still answers, or did once, and documents no longer.
    if (!facts_of(endpoint).withdrawn.empty()) continue;
    paths["/v1/" + endpoint.id]["post"] = submission(endpoint);
  }
  const Json result = {
      {"anyOf", {reference("ResultResponse"), reference("SettledCostResultResponse")}}};
  paths["/v1/get_result"]["get"] = question("id", result, false);
  paths["/v1/credits"]["get"] = question("", reference("CreditsResponse"), true);
  paths["/v1/my_finetunes"]["get"] = question("", reference("MyFinetunesResponse"), true);
  paths["/v1/finetune_details"]["get"] =
      question("finetune_id", reference("FinetuneDetailResponse"), true);
  Json& drop = paths["/v1/delete_finetune"]["post"];
  drop = question("", reference("DeleteFinetuneResponse"), true);
  drop["requestBody"] = {{"required", true},
                         {"content", content(reference("DeleteFinetuneInputs"))}};

  return {{"openapi", "3.1.0"},
          {"info", {{"title", "BFL API"}, {"version", "0.0.1"}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", schemas_of(contract)},
            {"securitySchemes",
             {{"APIKeyHeader", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-key"}}}}}}}};
}

}  // namespace emulator::bfl
