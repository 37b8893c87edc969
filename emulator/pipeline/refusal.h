#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/contract/validate.h"
#include "emulator/http/message.h"
#include "emulator/task/words.h"

namespace emulator {

// Why a request was not done. An answer, not a fault: passed by value to the dialect, which gives
// it the provider's status code and body.
struct Refusal {
  RefusalKind kind = RefusalKind::kInvalidInput;
  std::string error;                            // name under `errors` of the contract; "": the kind
  std::vector<contract::Violation> violations;  // all of them, in field order
  Json args = Json::object();                   // fills `{name}` in the contract's text
  std::optional<Duration> retry_after;
  std::optional<http::Reply> reply;  // worded already by the dialect
};

}  // namespace emulator
