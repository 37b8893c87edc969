#pragma once

#include <string>
#include <variant>

#include "emulator/base/clock.h"
#include "emulator/http/client.h"
#include "emulator/webhook/delivery.h"
#include "emulator/webhook/message.h"
#include "emulator/webhook/record.h"

// What follows from a receiver's answer. Pure functions.
namespace emulator::webhook {

// The same attempt goes on at once, with this request: to where the answer leads.
struct Send {
  http::Post post;
};
// Another attempt is made then, on the sandbox's clock.
struct WaitUntil {
  Instant at;
};
// Nothing more is sent.
struct End {
  State state;
  std::string reason;  // "" when it was delivered
};
using Step = std::variant<Send, WaitUntil, End>;

// What follows from `receipt`, the answer to the attempt of `delivery` that is under way, or why
// there is none, by its provider's rules. `now` is the time of its sandbox. The attempt is not
// among `delivery.tried` yet.
Step next(const Delivery& delivery, const http::Receipt& receipt, const Rules& rules, Instant now);

// What went wrong with that attempt, in words, an acknowledgement that the scenario takes as lost
// among it; "" when the receiver answered, whatever it answered.
std::string fault_of(const Delivery& delivery, const http::Receipt& receipt);

// The request goes to that address.
void aim(http::Post& post, const Url& url);

}  // namespace emulator::webhook
