#include "emulator/pipeline/credentials.h"

#include "emulator/base/text.h"
#include "emulator/contract/pattern.h"

namespace emulator {

std::optional<std::string_view> credentials(const http::Request& request, std::string_view scheme) {
  const auto header = request.headers.get("authorization");
  if (!header || header->size() <= scheme.size() || (*header)[scheme.size()] != ' ' ||
      !starts_with_name(*header, scheme))
    return std::nullopt;
  return header->substr(scheme.size() + 1);
}

std::string bearer_token(const http::Request& request) {
  return std::string(trimmed(credentials(request, "Bearer").value_or("")));
}

bool is_malformed(std::string_view key, KeyStanding standing, const contract::Contract& contract) {
  const auto& form = contract.common.key_form;
  return asks_for_form(standing) && form != nullptr && !key.starts_with("emu.") &&
         !contract::matches_whole(*form, key);
}

}  // namespace emulator
