#pragma once

#include <cstdint>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/sandbox/exchange.h"
#include "emulator/scenario/scenario.h"
#include "emulator/task/task.h"

namespace emulator::judge {

// One exchange as the judge is shown it, when its answer is about to go out. Good while it is
// shown.
struct Sight {
  const Exchange& exchange;      // numbered, and answered
  std::uint16_t provider = 0;    // place in the registry
  const http::Request& request;  // as it came, nothing masked; a long wait may have let the body go
  const http::Reply& reply;      // as it goes out
  std::string_view door;         // role of the host
  const Task* task = nullptr;    // made by it, or addressed; null where none is known
  TaskView view{};               // of that task, at the time of the answer
  int picture = -1;              // number of the task's picture that is downloaded; -1: none
  bool made = false;             // the submission became that task
  bool ours = false;             // the reply is an error of the emulator's own
  bool scripted = false;         // the refusal is the scenario's, and not the account's state
  bool replaced = false;         // status or body of the reply are the scenario's
  bool heard = true;             // somebody still waited for the answer
  bool aged = false;             // a link that was good once and has died of its age
  bool let_in = true;            // the emulator takes every key that the provider can read
  scenario::ImageTrouble::Kind trouble = scenario::ImageTrouble::Kind::kNone;  // of the picture
  Instant came{}, went{};  // by the wall: when it arrived, and was answered
};

// One attempt to deliver a webhook, when it is over.
struct Trial {
  std::string_view provider;
  std::string_view delivery;  // its id, "wh-17"
  std::string_view task, endpoint;
  std::string_view spoiled;  // what the scenario made of its signature, such as "bad_signature"
  bool is_signed = false;    // the message carries a signature at all
  bool is_dated = false;     // and a time that is signed with it
  unsigned status = 0;       // 0: no answer
  bool late = false;         // the receiver used up its time
  bool last = false;         // nothing more is tried after an answer like this
  std::size_t attempt = 1;   // number of the attempt, from 1
  Duration took{}, time_limit{};
  std::uint64_t number = 0;  // of the exchange in the journal
};

}  // namespace emulator::judge
