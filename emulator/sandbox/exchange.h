#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/scenario/decide.h"
#include "emulator/task/task.h"

namespace emulator {

// A span of the scenario that was drawn by chance, and what came out.
struct Drawn {
  const char* what;  // "run", "delay", ...; a constant
  Duration value;
};

// What conditions look at in a submission that no task was made of.
struct Submitted {
  std::string prompt;
  std::string input;  // with defaults, as compact JSON; large base64 shortened
};

// Headers in one piece of text, a line each: entries are many, and are let go long after they were
// last looked at, so that every further allocation costs twice. And back.
std::string head_text(const http::Headers& headers);
http::Headers headers_in(std::string_view head);

// One request and its answer, with why it was answered so.
struct Exchange {
  std::uint64_t number = 0;  // in its sandbox, from 1
  std::string provider;      // "" for a request that reached none
  On on = On::kAccount;
  std::string route;  // the contract's name of the path
  std::string endpoint;
  std::string task;    // id of the task concerned, if one
  std::string key;     // the credential, masked
  Instant at{};        // sandbox time of arrival
  Instant answered{};  // sandbox time of the answer; zero while it is pending
  Duration took{};     // wall time from arrival to answer, scripted waits included
  // As it came, with keys masked, large base64 shortened and binary bodies left out.
  std::shared_ptr<const http::Request> request;
  std::size_t request_bytes = 0;  // of the body as it came
  unsigned status = 0;            // 0 while pending, or when nothing was sent
  std::string reply_head;         // the reply's headers, as head_text has them
  std::string reply_body;         // shortened like the request's, then cut to a bound
  std::size_t reply_bytes = 0;    // of the whole body
  std::string wire;               // what went wrong on the wire, by scenario; "" for nothing
  std::string refusal;            // "" or the word of the refusal
  std::string note;               // further reasons, in words
  // For whoever is told at once, not kept in the journal, which has the reply: the code of an error
  // of ours, and a refusal's own words.
  std::string own_error, said;

  // The decision. `scenario` keeps the rules alive that the numbers point to.
  std::shared_ptr<const scenario::Scenario> scenario;
  std::vector<std::size_t> rules;       // those that decided; empty: by default
  std::uint64_t nth = 0;                // which match of the first of them this was
  std::vector<scenario::Miss> misses;   // rules that nearly decided, and why not
  std::string task_before, task_after;  // phase in words
  std::uint64_t draw_key = 0;           // the draw that this decision's chance is taken from
  std::vector<Drawn> drawn;             // only what a range or distribution left open
  double chance = -1;                   // percent drawn where a rule with `chance` decided; else -1
  std::shared_ptr<const Submitted> submitted;  // null where a task tells the same

  std::size_t bytes() const;  // about what it takes of memory
};

}  // namespace emulator
