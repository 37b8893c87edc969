#include "emulator/providers/fal/kinds.h"

#include "emulator/base/text.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::fal {

std::string kind_of(const contract::Contract& contract, std::string_view id) {
  const Json& table = contract.value("model_kinds");
  if (!table.is_array() || contract.value("any_endpoint") == false) return "";
  for (const Json& row : table) {
    if (!row.is_object()) continue;
    for (const auto& [kind, globs] : row.items())
      for (const Json& glob : globs)
        if (glob.is_string() && glob_matches(glob.get_ref<const std::string&>(), id)) return kind;
  }
  return "";
}

bool is_image_kind(std::string_view kind) { return kind.empty() || kind == "image"; }

Refusal not_emulated(std::string_view id, std::string_view kind) {
  const std::string model(id);
  Refusal refusal;
  refusal.kind = RefusalKind::kNotFound;
  refusal.reply =
      our_error(501, "not_emulated",
                model + " is no image model of fal's (" + std::string(kind) +
                    "), and is not emulated. A contract file can describe it: --contract FILE with "
                    "an endpoint \"" +
                    model + "\", as the README of the provider fal shows",
                {{"model", model}, {"kind", kind}, {"remedy", "--contract"}});
  return refusal;
}

}  // namespace emulator::fal
