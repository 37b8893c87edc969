#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/task/words.h"

// What a client of a provider can meet, by the requests it makes.
namespace emulator::judge {

enum class OutcomeKind : std::uint8_t {
  kEnd,
  kRefusal,
  kWire,
  kPicture,
  kLink,
  kWebhook,
  kReply,
  kPace
};
std::string_view to_string(OutcomeKind kind);

struct Outcome {
  std::string name;  // the word of the scenario language, such as rate_limited
  OutcomeKind kind = OutcomeKind::kEnd;
  On on = On::kSubmit;     // the requests whose outcome it is; of an ending, the submission
  bool transient = false;  // a good client gets what it wanted all the same
  std::string then;        // what a rule says to bring it about, as YAML
  std::string when;        // further conditions of such a rule, as YAML; "" for none
  std::string also;        // a further rule that has to be there, as YAML; "" for none
  bool by_count = true;    // met by one request of several, so that another may be chosen
};

// In the order in which they are worth a try. Endings and refusals are those of the contract; where
// it has neither idempotency keys nor a list of tasks, what leaves a submission uncertain is final.
std::vector<Outcome> outcomes_of(const contract::Contract& contract);

}  // namespace emulator::judge
