#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/task/task.h"

namespace emulator {

// The name by which a caller may send a submission again without a second task being made.
struct RepeatKey {
  std::string key;
  std::string print;        // equal for equal submissions
  Duration life{};          // how long the key is remembered, from its first use
  bool must_match = false;  // refuse the key with another print as a conflict
};

// What a valid submission asks for; a task is made of it.
struct Submission {
  std::string endpoint;  // id, as scenarios match it
  Json input;            // with defaults, in field order
  std::string prompt;
  std::string model;  // shown in the picture; "" : the endpoint
  Plan plan;
  std::optional<Seed> seed;  // the caller's
  bool wide_seed = false;    // a seed that is drawn has 64 bits, not 32
  double cost = 0;
  std::optional<WebhookAsk> webhook;
  Json note;  // the dialect's own facts, kept with the task; null: none
  // Hold the reply until the task has ended, at most this long on the sandbox's clock.
  std::optional<Duration> wait;
  // While waiting: give up, and let the task go, when work has not begun by then.
  std::optional<Duration> start_by;
  // How long the caller wants links to be good for; a rule of the scenario goes before it.
  std::optional<Duration> links_live;
  // The reply follows the task as a stream (Streaming::followed), unless it has ended already.
  bool follow = false;
  // Refused as rate limited when that many tasks submitted with a limit are unfinished.
  std::optional<std::size_t> active_limit;
  // Where that key was used before, its task is the answer, and nothing is made or charged.
  std::optional<RepeatKey> repeat;
  // Accepted, yet bound to fail at once with this (validation that happens late).
  std::optional<End> doomed;
  // What the user should know of how this is answered, such as a model that is only guessed at:
  // told in the journal, and once for each endpoint in the log. "" : nothing.
  std::string remark;
};

// What an account may do at once and in a while.
struct AccountLimits {
  std::optional<std::size_t> running;      // tasks at work; further ones are taken and wait
  std::optional<std::size_t> submissions;  // in one `window`; further ones are refused
  Duration window = std::chrono::minutes(1);
  bool announced = false;  // the refusal says when to come back (`retry-after`)
};

}  // namespace emulator
