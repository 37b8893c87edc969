#include "emulator/providers/vtrix/catalogue.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/providers/vtrix/facts.h"
#include "emulator/providers/vtrix/wording.h"

namespace emulator::vtrix {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;
using contract::Type;

http::Reply enveloped(Json data) {
  return json_reply(200,
                    {{"status", {{"code", 200}, {"message", "ok"}}}, {"data", std::move(data)}});
}

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
      return "object";
    default:
      return "string";
  }
}

Json constraints(const Field& field) {
  Json out = Json::object();
  if (!field.options.empty()) out["enum"] = field.options;
  if (field.default_value) out["default"] = *field.default_value;
  if (field.min) out["min"] = plain_number(*field.min);
  if (field.max) out["max"] = plain_number(*field.max);
  return out;
}

Json parameter(const Field& field, const Contract& contract) {
  Json out;
  out["name"] = field.name;
  out["path"] = contract::filled(facts_of(contract).parameter_path, {{"name", field.name}});
  out["type"] = type_word(field.type);
  out["required"] = field.required;
  out["description"] = facts_of(field).about;
  if (Json limits = constraints(field); !limits.empty()) out["constraints"] = std::move(limits);
  return out;
}

// A whole number from 1 on, else `otherwise`.
std::size_t counted(const Call& call, std::string_view name, std::size_t otherwise) {
  const std::string text = call.parameter(name).value_or("");
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && number > 0 ? number
                                                                                 : otherwise;
}

bool is_listed(const Endpoint& model, const std::string& type, const std::string& keywords) {
  const EndpointFacts& facts = facts_of(model);
  if (!type.empty() && facts.type != type) return false;
  const std::string words = model.id + " " + facts.name + " " + facts.about;
  return lower_case(words).find(lower_case(keywords)) != std::string::npos;
}

const std::string& name_of(const Endpoint& model) {
  const std::string& name = facts_of(model).name;
  return name.empty() ? model.id : name;
}

Json summary(const Endpoint& model) {
  Json out;
  out["id"] = model.id;
  const EndpointFacts& facts = facts_of(model);
  out["name"] = name_of(model);
  out["type"] = facts.type;
  out["description"] = facts.about;
  out["input_modalities"] = facts.input;
  out["output_modalities"] = Json::array({facts.type});
  return out;
}

}  // namespace

http::Reply catalogue_list(const Contract& contract, const Call& call) {
  const std::string type = call.parameter("type").value_or("");
  const std::string keywords = call.parameter("keywords").value_or("");
  const std::size_t page = counted(call, "page", 1);
  const std::size_t size = counted(call, "page_size", facts_of(contract).page_size);
  std::vector<const Endpoint*> found;
  for (const Endpoint& model : contract.endpoints)
    if (is_listed(model, type, keywords)) found.push_back(&model);

  Json models = Json::array();
  const std::size_t pages = found.size() / size + (found.size() % size != 0 ? 1 : 0);
  if (page <= pages)
    for (std::size_t i = (page - 1) * size; i < found.size() && models.size() < size; ++i)
      models.push_back(summary(*found[i]));
  return enveloped({{"models", std::move(models)},
                    {"total", found.size()},
                    {"page", page},
                    {"page_size", size},
                    {"total_pages", pages}});
}

http::Reply catalogue_spec(const Contract& contract, const Call& call, const Endpoint& endpoint) {
  const std::string create = call.origin.link("api", "/model/v1/generation");
  Json data;
  data["model_id"] = endpoint.id;
  data["name"] = name_of(endpoint);
  data["vendor"] = facts_of(endpoint).vendor;
  data["type"] = facts_of(endpoint).type;
  data["api"] = {{"endpoint", create},
                 {"method", "POST"},
                 {"headers", {{"Authorization", "Bearer {{API_KEY}}"}}}};
  Json& parameters = data["parameters"] = Json::array();
  for (const Field& field : endpoint.fields) parameters.push_back(parameter(field, contract));
  data["agent_prompt"] = "POST " + create + "\nGET " + create + "/task/{{id}}";
  return enveloped(std::move(data));
}

}  // namespace emulator::vtrix
