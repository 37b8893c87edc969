#include "emulator/app/values.h"

#include <algorithm>
#include <span>

namespace emulator {
namespace {

using contract::FactRow;

std::string table_of(std::span<const FactRow> rows) {
  std::string out = "\n| value | what it says | what may be written |\n| --- | --- | --- |\n";
  for (const FactRow& row : rows) {
    out.append("| `").append(row.name).append("` | ").append(row.about).append(" | ");
    out.append(row.kind(row)).append(" |\n");
  }
  return out;
}

// What stands in `extra` and in `task_errors`, under names that begin with the place.
void add(Json& out, std::string_view place, std::span<const FactRow> rows, bool common) {
  for (const FactRow& row : rows)
    out[std::string(place) + "." + std::string(row.name)] = {
        {"about", row.about}, {"kind", row.kind(row)}, {"common", common}};
}

const std::span<const FactRow> kOfEndpoints =
    extra_rows(static_cast<const contract::Endpoint*>(nullptr));
const std::span<const FactRow> kOfFields = extra_rows(static_cast<const contract::Field*>(nullptr));

// The page's part about one place, where there is something to say.
std::string part(std::string_view title, const contract::FactTable& table) {
  if (table.read == nullptr) return "";
  std::string out = "\n" + std::string(title);
  if (table.rows.empty()) return out + ": " + table.kind() + ".\n";
  return out + ":\n" + table_of(table.rows);
}

void add(Json& out, std::span<const FactRow> rows, const contract::Contract& contract,
         bool common) {
  for (const FactRow& row : rows) {
    const std::string name(row.name);
    Json& value = out[name] = {{"about", row.about}, {"kind", row.kind(row)}, {"common", common}};
    if (const auto written = contract.values.find(name); written != contract.values.end())
      value["value"] = *written;
    if (const auto note = contract.value_notes.find(name); note != contract.value_notes.end())
      value["note"] = note->second;
    const auto& guesses = contract.guesses;
    value["guess"] = std::find(guesses.begin(), guesses.end(), name) != guesses.end();
  }
}

}  // namespace

Json contract_values(Registry& registry) {
  Json out = Json::object();
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const contract::Contract& contract = registry.contract(p);
    Json& values = out[registry.name(p)] = Json::object();
    add(values, fact_rows(&contract.common), contract, true);
    const contract::OwnTables& own = registry.facts(p);
    add(values, own.values.rows, contract, false);
    add(values, "endpoints.extra", kOfEndpoints, true);
    add(values, "endpoints.extra", own.endpoint.rows, false);
    add(values, "fields.extra", kOfFields, true);
    add(values, "fields.extra", own.field.rows, false);
    add(values, "task_errors", own.error.rows, false);
  }
  return out;
}

std::string values_page(Registry& registry) {
  std::string out =
      "# Values of contracts\n\nMade by `provider-emulator list values` from the tables by which "
      "contracts are read. A file laid over a contract\n(`--contract FILE`, "
      "[contract-format.md](contract-format.md)) may change any of them; what it says under "
      "another "
      "name, or\nof another kind, stops the start with its place. What the contracts themselves "
      "say "
      "is in\n`emulator/providers/<name>/contract.yaml`, and in `provider-emulator list values "
      "--format json`.\n\n## Every provider\n\nThese mean the same wherever they stand; a provider "
      "says those that it has.\n";
  out += table_of(fact_rows(static_cast<const contract::CommonFacts*>(nullptr)));
  out += "\n`extra` of an endpoint:\n" + table_of(kOfEndpoints);
  out += "\n`extra` of a field:\n" + table_of(kOfFields);
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const contract::OwnTables& own = registry.facts(p);
    out += "\n## " + registry.name(p) + "\n" + table_of(own.values.rows);
    out += part("`extra` of an endpoint", own.endpoint);
    out += part("`extra` of a field", own.field);
    out += part("An entry of `task_errors`", own.error);
  }
  return out;
}

}  // namespace emulator
