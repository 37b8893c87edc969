#include <utility>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/outcomes.h"
#include "emulator/base/json_text.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/sandbox/library.h"

namespace emulator {
namespace {

// What is answered 501 though the provider has it, by the contract's own table. Image models are
// not, where a generic endpoint stands for them.
std::string not_emulated_models(const contract::Contract& facts) {
  const Json& table = facts.value("model_kinds");
  if (!table.is_array()) return "";
  const bool any_image = facts.endpoint("generic") != nullptr;
  std::string out = "\n| not emulated (501) | ids |\n| --- | --- |\n";
  for (const Json& row : table)
    for (const auto& [kind, globs] : row.get_ref<const Json::object_t&>()) {
      if (any_image && kind == "image") continue;
      std::string ids;
      for (const Json& glob : globs)
        ids += (ids.empty() ? "`" : ", `") + glob.get<std::string>() + "`";
      out += "| " + kind + " | " + ids + " |\n";
    }
  return out;
}

// Every path and endpoint of the contracts, as a page of Markdown.
std::string coverage_page(Registry& registry) {
  std::string out =
      "# Coverage\n\nMade from the contracts by `provider-emulator list coverage`. What is marked "
      "as "
      "not emulated exists at the\nprovider and is answered 501 by the emulator, with the header "
      "`x-emulator-error`; anything else that is not listed is\nanswered as the provider answers "
      "what it does not have. What a 501 means, and how to add a model, is in each provider's\n"
      "README.\n";
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const contract::Contract& facts = registry.contract(p);
    out += "\n## " + registry.name(p) + "\n\n| request | path | kind |\n| --- | --- | --- |\n";
    for (const contract::Route& route : facts.routes)
      out += "| " + route.method + " | `" + route.path + "`" +
             (route.door.empty() ? "" : " (" + route.door + ")") + " | " +
             (is_not_emulated(facts, route.name) ? "not emulated (501)"
                                                 : std::string(word(route.on))) +
             " |\n";
    out += "\n| model or endpoint | fields |\n| --- | --- |\n";
    for (const contract::Endpoint& endpoint : facts.endpoints) {
      std::string fields;
      for (const contract::Field& field : endpoint.fields)
        fields += (fields.empty() ? "" : ", ") + field.name;
      out += "| `" + endpoint.id + "` | " + fields + " |\n";
    }
    out += not_emulated_models(facts);
  }
  return out;
}

Json words_of(const scenario::ProviderWords& words, const std::string& what) {
  Json out = Json::array();
  for (const std::string& word : what == "endpoints" ? words.endpoints : words.refusals)
    out.push_back(word);
  return out;
}

}  // namespace

int list_command(const Config& config, const Surroundings& surroundings) {
  if (config.what == "webhooks") return list_webhooks(config, surroundings);
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    surroundings.err(problem + "\n");
    return 2;
  }
  if (config.what == "coverage") {
    surroundings.out(coverage_page(registry));
    return 0;
  }
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  const bool json = config.format == "json";
  if (config.what == "outcomes") {
    const Json table = outcomes(registry, *surroundings.wall);
    surroundings.out(json ? compact_json(table) + "\n"
                          : outcomes_page(table, vocabulary.providers));
    return 0;
  }
  Json out;
  if (config.what == "providers") {
    out = Json::array();
    for (const std::string& name : vocabulary.providers) out.push_back(name);
  } else if (config.what == "scenarios") {
    ScenarioLibrary library(vocabulary);
    out = Json::object();
    for (const std::string& name : library.names()) {
      const auto found = library.find(name);
      out[name] = found ? (*found)->about : found.error();
    }
  } else {
    out = Json::object();
    for (const std::string& name : vocabulary.providers)
      out[name] = words_of(*vocabulary.words(name), config.what);
  }
  if (json) {
    surroundings.out(compact_json(out) + "\n");
    return 0;
  }
  std::string text;
  if (out.is_array()) {
    for (const Json& item : out) text += item.get<std::string>() + "\n";
  } else {
    for (const auto& [name, value] : out.items()) {
      if (value.is_string()) {
        text += name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') +
                value.get<std::string>() + "\n";
        continue;
      }
      for (const Json& item : value) text += name + " " + item.get<std::string>() + "\n";
    }
  }
  surroundings.out(text);
  return 0;
}

}  // namespace emulator
