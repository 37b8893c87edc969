#include <string>
#include <utility>
#include <vector>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/outcomes.h"
#include "emulator/app/table.h"
#include "emulator/app/values.h"
#include "emulator/base/json_text.h"
#include "emulator/judge/catalogue.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/sandbox/library.h"
#include "emulator/scenario/keys.h"
#include "emulator/task/words.h"

namespace emulator {
namespace {

// What is answered 501 though the provider has it, by the contract's own table. Image models are
// not, where a generic endpoint stands for them.
std::string not_emulated_models(const contract::Contract& facts) {
  if (facts.common.model_kinds.empty()) return "";
  const bool any_image = facts.endpoint("generic") != nullptr;
  std::string out = "\n| not emulated (501) | ids |\n| --- | --- |\n";
  for (const contract::ModelKind& row : facts.common.model_kinds) {
    if (any_image && row.kind == "image") continue;
    std::string ids;
    for (const std::string& glob : row.globs) ids += (ids.empty() ? "`" : ", `") + glob + "`";
    out += "| " + row.kind + " | " + ids + " |\n";
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
             (route.emulated ? std::string(to_string(route.on)) : "not emulated (501)") + " |\n";
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

// What clients can be found to do.
Json findings_table() {
  Json out = Json::object();
  for (const judge::Entry& one : judge::catalogue())
    out[std::string(to_string(one.code))] = {{"severity", judge::to_string(one.severity)},
                                             {"seen", one.seen},
                                             {"why", one.why},
                                             {"remedy", one.remedy}};
  return out;
}

std::string findings_page(std::size_t columns) {
  std::vector<std::vector<std::string>> rows{{"finding", "severity", "what is seen"}};
  for (const judge::Entry& one : judge::catalogue())
    rows.push_back({std::string(to_string(one.code)), std::string(judge::to_string(one.severity)),
                    std::string(one.seen)});
  return table_text(rows, columns);
}

Json words_of(const scenario::ProviderWords& words, const std::string& what) {
  Json out = Json::array();
  for (const std::string& word : what == "endpoints" ? words.endpoints : words.refusals)
    out.push_back(word);
  return out;
}

// How a client may say its key, found by trying.
std::string key_form(const Dialect& dialect) {
  constexpr std::pair<const char*, const char*> kForms[] = {
      {"x-key", ""}, {"authorization", "Key "}, {"authorization", "Bearer "}, {"x-api-key", ""}};
  std::string out;
  for (const auto& [header, scheme] : kForms) {
    http::Request request;
    request.headers.add(header, std::string(scheme) + "me:secret");
    if (dialect.key_of(request).starts_with("me"))
      out += (out.empty() ? "" : " or ") + std::string(header) + ": " + scheme + "KEY";
  }
  return out;
}

Json described(Registry& registry) {
  Json out = Json::array();
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    Json hosts = Json::array();
    for (const contract::Doors::Host& host : registry.doors(p).hosts)
      if (host.name.find("localhost") == std::string::npos) hosts.push_back(host.name);
    out.push_back({{"name", registry.name(p)},
                   {"path", "/" + registry.name(p)},
                   {"key", key_form(registry.dialect(p))},
                   {"endpoints", registry.contract(p).endpoints.size()},
                   {"hosts", std::move(hosts)}});
  }
  return out;
}

template <class Words>
std::string joined(const Words& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += word.text;
  }
  return out;
}

// What a scenario may say where a word stands alone.
Json scenario_words(const scenario::Vocabulary& vocabulary) {
  std::string webhooks = "times, delay", styles;
  for (const scenario::WebhookFlag& flag : scenario::kWebhookFlags) {
    webhooks += ", ";
    webhooks += flag.name;
  }
  for (const std::string_view style : scenario::kStyles) {
    if (!styles.empty()) styles += ", ";
    styles += style;
  }
  Json out = {{"on", joined(kOnWords)},
              {"end", joined(kEndWords)},
              {"refuse", joined(kRefusalWords)},
              {"wire", joined(scenario::kWireWords)},
              {"image", joined(scenario::kImageWords) + ", size, style, caption, file"},
              {"image style", styles},
              {"links", joined(scenario::kLinkWords)},
              {"webhook", webhooks}};
  Json profiles = Json::object();
  for (const scenario::Profile& profile : *vocabulary.profiles)
    profiles[profile.name] = profile.source;
  out["profiles"] = std::move(profiles);
  return out;
}

using Rows = std::vector<std::vector<std::string>>;

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string out;
  for (const Json& item : value) out += (out.empty() ? "" : ", ") + item.get<std::string>();
  return out;
}

std::string providers_page(const Json& all, std::size_t columns) {
  Rows rows{{"provider", "below the address", "API key", "endpoints", "hosts it stands for"}};
  for (const Json& one : all)
    rows.push_back({text_of(one["name"]), text_of(one["path"]), text_of(one["key"]),
                    text_of(one["endpoints"]), text_of(one["hosts"])});
  return table_text(rows, columns);
}

std::string pairs_page(const char* first, const char* second, const Json& all,
                       std::size_t columns) {
  Rows rows{{first, second}};
  for (const auto& [name, value] : all.items())
    if (!value.is_object()) rows.push_back({name, text_of(value)});
  return table_text(rows, columns);
}

// A line for each, so that a shell can search them.
std::string lines_page(const char* what, const Json& by_provider) {
  Rows rows{{"provider", what}};
  for (const auto& [name, values] : by_provider.items())
    for (const Json& value : values) {
      const std::string text = text_of(value);
      rows.push_back({name, text == "generic" ? "generic (any other image model)" : text});
    }
  return table_text(rows);
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
  const bool json = config.format == "json";
  if (config.what == "values") {
    surroundings.out(json ? compact_json(contract_values(registry)) + "\n" : values_page(registry));
    return 0;
  }
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  const LogLook look = surroundings.out_look ? surroundings.out_look() : LogLook{};
  const auto columns = static_cast<std::size_t>(look.columns);
  if (config.what == "findings") {
    surroundings.out(json ? compact_json(findings_table()) + "\n" : findings_page(columns));
    return 0;
  }
  const auto print = [&](const Json& value, const std::string& page) {
    surroundings.out(json ? compact_json(value) + "\n" : page);
    return 0;
  };
  if (config.what == "outcomes") {
    Json table = outcomes(registry, *surroundings.wall);
    table["outcomes"] = outcome_marks(registry);
    return print(table, outcomes_page(table, vocabulary.providers, columns));
  }
  if (config.what == "providers") {
    const Json all = described(registry);
    return print(all, providers_page(all, columns));
  }
  if (config.what == "words") {
    const Json all = scenario_words(vocabulary);
    return print(all,
                 pairs_page("key", "words", all, columns) + "\n" +
                     pairs_page("profile", "where its times are from", all["profiles"], columns));
  }
  Json out = Json::object();
  if (config.what == "scenarios") {
    ScenarioLibrary library(vocabulary);
    for (const std::string& name : library.names()) {
      const auto found = library.find(name);
      out[name] = found ? (*found)->about : found.error();
    }
    return print(out, pairs_page("scenario", "what happens", out, columns));
  }
  for (const std::string& name : vocabulary.providers)
    out[name] = words_of(*vocabulary.words(name), config.what);
  return print(out, lines_page(config.what == "endpoints" ? "endpoint" : "refusal", out));
}

}  // namespace emulator
