#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/http/client.h"
#include "emulator/http/message.h"

namespace emulator::webhook {

enum class State : std::uint8_t {
  kPending,    // its event is to come, or an attempt is under way or to come
  kDelivered,  // the receiver acknowledged it
  kFailed,     // given up
  kRefused,    // not sent: the policy, a limit, or an address that is none
  kDropped,    // not sent: the scenario, or the provider sends none for such an end
};
std::string_view to_string(State state);

// One try to hand a message over.
struct Attempt {
  Instant at{};         // sandbox time
  unsigned status = 0;  // the receiver's answer; 0: none
  std::string error;    // what went wrong; "" for an acknowledgement
  Millis took{0};       // wall time
  std::string reply;    // the beginning of the receiver's answer
  bool over = false;
};

// One message to one receiver, from the submission that asked for it on.
struct Record {
  std::uint64_t number = 0;  // in its sandbox, from 1
  std::uint16_t provider = 0;
  std::string task;
  std::string endpoint;
  std::string event;  // "" until it has happened
  std::string url;    // as it was asked for
  State state = State::kPending;
  std::string_view spoiled;  // what the scenario did to its signature: a constant; "" for nothing
  std::string reason;        // why refused, dropped or failed; what is waited for
  std::optional<std::uint64_t> copy_of;
  std::optional<Instant> happened;
  std::optional<Instant> next;              // when the next attempt is due
  http::Headers headers;                    // of the latest attempt, as sent
  std::optional<http::LateHeader> late;     // and one that is sent with these; the attempt is open
  std::shared_ptr<const std::string> body;  // of the latest attempt, as sent; null: none yet
  std::vector<Attempt> attempts;            // the latest 100

  std::string id() const;  // "wh-17"
  bool over() const { return state != State::kPending; }
  std::size_t bytes() const;           // about what it takes
  http::Headers sent_headers() const;  // all of them
};

// The number in an id; nullopt when it is none.
std::optional<std::uint64_t> number_in(std::string_view id);

// A command line that repeats the latest attempt, signature and all. What the URL has of user name
// and password is left to the environment. Bodies too long for a line come from `body_url`.
std::string curl_line(const Record& record, const std::string& body_url);

}  // namespace emulator::webhook
