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
    add(values, registry.facts(p).rows, contract, false);
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
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    out += "\n## " + registry.name(p) + "\n" + table_of(registry.facts(p).rows);
  return out;
}

}  // namespace emulator
