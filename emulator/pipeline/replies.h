#pragma once

#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/base/json_text.h"
#include "emulator/contract/contract.h"
#include "emulator/http/message.h"

namespace emulator {

// `errors.<name>` of the contract, with `{name}`s filled from `args`. A name that the contract has
// not is a fault of ours, and answered as such.
http::Reply error_reply(const contract::Contract& contract, std::string_view name,
                        const Json& args = Json::object());

// A reply of compact JSON with `content-type: application/json`.
http::Reply json_reply(unsigned status, const Json& body);
// Such a reply of text that is JSON already, as JsonWriter makes it.
http::Reply json_text_reply(unsigned status, std::string text);
// What is said of a body that exceeds our limits on JSON.
http::Reply beyond_json_limits(const JsonProblem& problem);
// An answer that is ours, not a provider's: header `x-emulator-error`, body `emulator_error`.
http::Reply our_error(unsigned status, std::string_view code, std::string_view message,
                      const Json& more = nullptr);

}  // namespace emulator
