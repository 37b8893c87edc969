#include <utility>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/outcomes.h"
#include "emulator/base/json_text.h"
#include "emulator/sandbox/library.h"

namespace emulator {
namespace {

// Every path and endpoint that is emulated, as a page of Markdown.
std::string coverage_page(Registry& registry) {
  std::string out =
      "# Coverage\n\nMade from the contracts by `provider-emulator list coverage`. What a provider "
      "has beyond this is\nanswered 501 as not emulated, or as the provider answers an unknown "
      "path; "
      "see its README.\n";
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const contract::Contract& facts = registry.contract(p);
    out += "\n## " + registry.name(p) + "\n\n| request | path | kind |\n| --- | --- | --- |\n";
    for (const contract::Route& route : facts.routes)
      out += "| " + route.method + " | `" + route.path + "`" +
             (route.door.empty() ? "" : " (" + route.door + ")") + " | " +
             std::string(word(route.on)) + " |\n";
    out += "\n| model or endpoint | fields |\n| --- | --- |\n";
    for (const contract::Endpoint& endpoint : facts.endpoints) {
      std::string fields;
      for (const contract::Field& field : endpoint.fields)
        fields += (fields.empty() ? "" : ", ") + field.name;
      out += "| `" + endpoint.id + "` | " + fields + " |\n";
    }
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
