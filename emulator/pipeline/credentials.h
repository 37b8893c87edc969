#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/message.h"
#include "emulator/pipeline/dialect.h"

// Where requests carry their credentials, and whether those have the form a provider gives them.
namespace emulator {

// What follows `scheme` and one blank in the header `authorization`, as it is written, blanks
// included; nullopt without the header and with another scheme. Case does not matter in `scheme`.
std::optional<std::string_view> credentials(const http::Request& request, std::string_view scheme);

// The token of `authorization: Bearer TOKEN`, without blanks around it; "" for none.
std::string bearer_token(const http::Request& request);

// Whether a key has to be refused for its form: `standing` asks for the form, and the whole key
// does not match the contract's `key_form`, if it has one. Keys that begin with `emu.` are the
// emulator's own and have every form.
bool is_malformed(std::string_view key, KeyStanding standing, const contract::Contract& contract);

}  // namespace emulator
