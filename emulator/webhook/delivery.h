#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/memory.h"
#include "emulator/sandbox/agenda.h"
#include "emulator/scenario/scenario.h"
#include "emulator/webhook/message.h"
#include "emulator/webhook/record.h"
#include "emulator/webhook/url.h"

// Inside webhook/: a record with everything it takes to deliver it, and the records of a sandbox.
namespace emulator::webhook {

struct Delivery : Record {
  std::string box;           // name of its sandbox
  std::uint64_t serial = 0;  // of its task
  double share = 1;          // of the work at which its event is; 1: the end
  bool awaits = true;        // its event is still to come
  bool several = false;      // its task has other events as well
  std::shared_ptr<const Voice> voice;
  std::shared_ptr<const WebhookAsk> ask;
  Rules rules;
  scenario::WebhookTrouble trouble;
  std::shared_ptr<const std::string> worded;  // the body before anything was done to it
  std::optional<Url> target;
  std::size_t tried = 0;  // attempts of the schedule
  int followed = 0;       // redirects of the present attempt
  bool by_hand = false;   // redelivered: one attempt, whatever the schedule says
  bool begun = false;     // what the scenario does to it is decided
  bool ripe = false;      // its event is there, and it waits to be worded
  bool open = false;      // an attempt is under way, or waits for a connection
  std::optional<Agenda::Ticket> ticket;
  Charge held;
  std::shared_ptr<void> flight;
  http::Post post;                             // of the present attempt
  std::vector<std::function<void()>> waiters;  // told once the present attempt is over
};
using DeliveryPtr = std::shared_ptr<Delivery>;

// The deliveries of one sandbox.
struct Book {
  std::map<std::uint64_t, DeliveryPtr> all;  // by number
  std::deque<DeliveryPtr> over;              // those that are over, in the order they came to it
  std::size_t over_bytes = 0;
  std::unordered_multimap<std::uint64_t, DeliveryPtr> awaiting;  // by serial of the task
  // Whose event is there, and what is to be called once their first attempts are over. They are
  // worded when others have made room: ten thousand at once would hold up everybody.
  std::deque<std::pair<DeliveryPtr, std::function<void()>>> ripe;
  bool ripening = false;
  std::vector<DeliveryPtr> held;  // until a later one has been sent (`reordered`)
  std::size_t open = 0;
  std::vector<std::function<void()>> settling;  // told once nothing is open
  std::uint64_t last = 0;
};

}  // namespace emulator::webhook
