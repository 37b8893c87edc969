#include "emulator/pipeline/elsewhere.h"

#include "emulator/base/text.h"
#include "emulator/pipeline/replies.h"

namespace emulator {

std::string model_kind(const contract::Contract& contract, std::string_view id) {
  if (!contract.common.any_endpoint.value_or(true)) return "";
  for (const contract::ModelKind& row : contract.common.model_kinds)
    for (const std::string& glob : row.globs)
      if (glob_matches(glob, id)) return row.kind;
  return "";
}

Refusal not_emulated_model(const contract::Contract& contract, std::string_view id,
                           std::string_view kind) {
  const std::string& provider = contract.doors.provider;
  const std::string model = valid_utf8(id.substr(0, 200));
  Refusal refusal;
  refusal.kind = RefusalKind::kNotFound;
  refusal.reply = our_error(
      501, "not_emulated",
      model + " has the name of a model that " + provider + " has (" + std::string(kind) +
          ") and the emulator has not. A contract file can describe it: --contract FILE with an "
          "endpoint \"" +
          model + "\", as the README of the provider " + provider + " shows",
      Json{{"model", model}, {"kind", kind}, {"remedy", "--contract"}});
  return refusal;
}

http::Reply not_emulated_place(const std::string& what) {
  return our_error(501, "not_emulated",
                   what +
                       "; a contract file can add a route (--contract FILE with `routes`), and a "
                       "rule of a scenario can answer it (docs/contract-format.md)");
}

}  // namespace emulator
