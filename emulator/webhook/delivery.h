#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/memory.h"
#include "emulator/sandbox/agenda.h"
#include "emulator/scenario/scenario.h"
#include "emulator/webhook/completion.h"
#include "emulator/webhook/dispatcher.h"
#include "emulator/webhook/message.h"
#include "emulator/webhook/record.h"
#include "emulator/webhook/url.h"

// Inside webhook/: a record with everything it takes to deliver it.
namespace emulator::webhook {

// How far a delivery has come. It goes down this list, but for one that was ripe and has its place
// (to kHappened), an attempt that failed, and what is sent once more by hand (both to kScheduled).
enum class Stage : std::uint8_t {
  kAwaiting,   // its event is to come
  kHappened,   // its event is there, and what becomes of it is being decided
  kRipe,       // the same, but others wait for room: it is worded when there is a place for it
  kHeld,       // waits until a later one has been sent (`reordered`), a minute at most
  kScheduled,  // its next attempt is on the agenda
  kQueued,     // an attempt is to be made, and waits for a place
  kInFlight,   // an attempt is under way
  kOver,       // delivered, or not; the record says how
};
std::string_view to_string(Stage stage);
// Whether a delivery may go from the one to the other. Staying is no going.
bool may_follow(Stage from, Stage to);

// What is to be said, to whom and by which rules: the same for every copy of it.
struct Order {
  std::string box;           // name of its sandbox
  std::uint64_t serial = 0;  // of its task
  double share = 1;          // of the work at which its event is; 1: the end
  bool several = false;      // its task has other events as well
  std::shared_ptr<const Voice> voice;
  std::shared_ptr<const WebhookAsk> ask;
  Rules rules;
  scenario::WebhookTrouble trouble;
  std::shared_ptr<const std::string> worded;  // the body before anything was done to it
  std::optional<Url> target;
};

struct Delivery : Record, Order {
  Stage stage = Stage::kAwaiting;
  std::size_t tried = 0;  // attempts of the schedule
  bool by_hand = false;   // redelivered: one attempt, whatever the schedule says
  Charge held;
  std::optional<Agenda::Ticket> ticket;  // of what is due next
  Completion completion;                 // of what is due now: its words, or its attempt

  // Of the attempt under way.
  Dispatcher::Place place;
  std::shared_ptr<void> flight;
  http::Post post;
  int followed = 0;  // redirects

  // What becomes of it has been decided: whether, when and how often it is sent.
  bool decided() const { return stage >= Stage::kHeld; }
  // An attempt is under way, or waits for a place.
  bool open() const { return stage == Stage::kQueued || stage == Stage::kInFlight; }
};
using DeliveryPtr = std::shared_ptr<Delivery>;

}  // namespace emulator::webhook
