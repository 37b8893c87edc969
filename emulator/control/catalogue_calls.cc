// What there is to choose from: providers with what they can do, endpoints with their fields,
// built-in scenarios.
#include <algorithm>
#include <string>
#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"
#include "emulator/contract/contract.h"
#include "emulator/contract/fields.h"
#include "emulator/control/contract_turns.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"

namespace emulator::control {
namespace {

Json fields_view(const std::vector<contract::Field>& fields);

Json field_view(const contract::Field& field) {
  Json out = {{"name", field.name}, {"type", to_string(field.type)}, {"required", field.required}};
  if (field.default_value) out["default"] = *field.default_value;
  if (field.min) out["min"] = *field.min;
  if (field.max) out["max"] = *field.max;
  if (field.multiple_of) out["multiple_of"] = *field.multiple_of;
  if (field.min_length) out["min_length"] = *field.min_length;
  if (field.max_length) out["max_length"] = *field.max_length;
  if (!field.options.empty()) out["options"] = field.options;
  if (field.items) out["items"] = field_view(*field.items);
  if (!field.fields.empty()) out["fields"] = fields_view(field.fields);
  return out;
}

Json fields_view(const std::vector<contract::Field>& fields) {
  Json out = Json::array();
  for (const contract::Field& field : fields) out.push_back(field_view(field));
  return out;
}

// How one submits by hand: the contract's value `try_it`.
Json try_it(const contract::Contract& facts) {
  const Json& value = facts.common.try_it;
  return value.is_object() ? value : Json(nullptr);
}

http::Reply none_called(std::string_view what, std::string_view name,
                        const std::vector<std::string>& known) {
  return not_found("no " + std::string(what) + " is called \"" + valid_utf8(name.substr(0, 200)) +
                   "\"" + did_you_mean(name, known));
}

}  // namespace

namespace {

http::Reply providers_view(const Parts& parts) {
  Json list = Json::array();
  const scenario::Vocabulary& vocabulary = parts.library.vocabulary();
  for (std::uint16_t p = 0; p < parts.registry.size(); ++p) {
    const std::string& name = parts.registry.name(p);
    const scenario::ProviderWords& words = *vocabulary.words(name);
    list.push_back({{"name", name},
                    {"endpoints", words.endpoints},
                    {"any_endpoint", words.any_endpoint},
                    {"ends", words.ends},
                    {"refusals", words.refusals},
                    {"errors", words.errors},
                    {"webhooks", words.webhooks},
                    {"try_it", try_it(parts.registry.contract(p))}});
  }
  return json_reply(200, {{"providers", std::move(list)}});
}

}  // namespace

void list_providers(const Call& call, http::Respond respond) {
  with_contracts(call.parts, [&parts = call.parts, respond = std::move(respond)] {
    respond(providers_view(parts));
  });
}

http::Reply show_endpoint(const Call& call) {
  Registry& registry = call.parts.registry;
  const auto provider = registry.find(call.capture("provider"));
  if (!provider)
    return none_called("provider", call.capture("provider"),
                       call.parts.library.vocabulary().providers);
  const contract::Contract& facts = registry.contract(*provider);
  const std::string& id = call.capture("endpoint");
  const contract::Endpoint* endpoint = facts.endpoint(id);
  if (endpoint == nullptr &&
      call.parts.library.vocabulary().words(registry.name(*provider))->any_endpoint)
    endpoint = facts.endpoint("generic");
  if (endpoint == nullptr) {
    std::vector<std::string> known;
    for (const contract::Endpoint& one : facts.endpoints) known.push_back(one.id);
    return none_called("endpoint", id, known);
  }
  const Json route = endpoint->route.empty() ? Json() : Json(endpoint->route);
  return json_reply(200, {{"id", id},
                          {"price", endpoint->price},
                          {"closed", endpoint->closed},
                          {"route", route},
                          {"fields", fields_view(endpoint->fields)}});
}

http::Reply list_scenarios(const Call& call) {
  Json list = Json::array();
  for (const std::string& name : call.parts.library.names()) {
    const auto found = call.parts.library.find(name);
    list.push_back({{"name", name}, {"about", found ? (*found)->about : found.error()}});
  }
  return json_reply(200, {{"scenarios", std::move(list)}});
}

http::Reply show_built_in(const Call& call) {
  const std::string& name = call.capture("scenario");
  const auto found = call.parts.library.find(name);
  if (!found) return not_found(found.error());
  return json_reply(
      200, {{"name", name}, {"about", (*found)->about}, {"text", call.parts.library.text(name)}});
}

}  // namespace emulator::control
