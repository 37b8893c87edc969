#include "emulator/providers/bfl/openapi.h"

#include <string>

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
  if (field.min_length) out["minLength"] = *field.min_length;
  if (field.max_length) out["maxLength"] = *field.max_length;
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
  if (field.nullable)
    out["anyOf"] = {basic_schema(field), {{"type", "null"}}};
  else
    out = basic_schema(field);
  if (field.default_value && !field.default_value->is_null()) out["default"] = *field.default_value;
  return out;
}

Json reply_reference(const char* name) {
  return {
      {"application/json", {{"schema", {{"$ref", std::string("#/components/schemas/") + name}}}}}};
}

Json object_schema(std::initializer_list<std::pair<const char*, const char*>> members) {
  Json properties = Json::object();
  for (const auto& [name, type] : members)
    properties[name] = *type == '\0' ? Json::object() : Json{{"type", type}};
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

}  // namespace

Json openapi_document(const contract::Contract& contract) {
  Json schemas = {{"AsyncResponse", object_schema({{"id", "string"},
                                                   {"polling_url", "string"},
                                                   {"cost", "number"},
                                                   {"input_mp", "number"},
                                                   {"output_mp", "number"}})},
                  {"AsyncWebhookResponse", object_schema({{"id", "string"},
                                                          {"status", "string"},
                                                          {"webhook_url", "string"},
                                                          {"cost", "number"},
                                                          {"input_mp", "number"},
                                                          {"output_mp", "number"}})},
                  {"ResultResponse", object_schema({{"id", "string"},
                                                    {"status", "string"},
                                                    {"result", ""},
                                                    {"progress", "number"},
                                                    {"details", "object"},
                                                    {"preview", "object"}})},
                  {"HTTPValidationError", object_schema({{"detail", "array"}})},
                  {"CreditsResponse", object_schema({{"credits", "number"}})}};
  schemas["AsyncResponse"]["required"] = {"id", "polling_url"};
  schemas["AsyncWebhookResponse"]["required"] = {"id", "status", "webhook_url"};
  schemas["ResultResponse"]["required"] = {"id", "status"};
  const Json security = Json::array({Json{{"APIKeyHeader", Json::array()}}});

  Json paths;
  for (const contract::Endpoint& endpoint : contract.endpoints) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : endpoint.fields) {
      properties[field.name] = schema(field);
      if (field.required) required.push_back(field.name);
    }
    Json body = {{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) body["required"] = std::move(required);
    Json accepted = {{"anyOf",
                      {{{"$ref", "#/components/schemas/AsyncResponse"}},
                       {{"$ref", "#/components/schemas/AsyncWebhookResponse"}}}}};
    Json operation = {
        {"requestBody",
         {{"required", true}, {"content", {{"application/json", {{"schema", std::move(body)}}}}}}},
        {"responses",
         {{"200",
           {{"description", "Accepted"},
            {"content", {{"application/json", {{"schema", std::move(accepted)}}}}}}},
          {"422",
           {{"description", "Validation error"},
            {"content", reply_reference("HTTPValidationError")}}}}},
        {"security", security}};
    paths["/v1/" + endpoint.id]["post"] = std::move(operation);
  }
  const Json id = {
      {"name", "id"}, {"in", "query"}, {"required", true}, {"schema", {{"type", "string"}}}};
  paths["/v1/get_result"]["get"] = {
      {"parameters", Json::array({id})},
      {"responses",
       {{"200", {{"description", "State"}, {"content", reply_reference("ResultResponse")}}}}}};
  paths["/v1/credits"]["get"] = {
      {"responses",
       {{"200", {{"description", "Credits"}, {"content", reply_reference("CreditsResponse")}}}}},
      {"security", security}};

  return {{"openapi", "3.1.0"},
          {"info", {{"title", "BFL API"}, {"version", "0.0.1"}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", std::move(schemas)},
            {"securitySchemes",
             {{"APIKeyHeader", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-key"}}}}}}}};
}

}  // namespace emulator::bfl
