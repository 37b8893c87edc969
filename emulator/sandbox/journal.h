#pragma once

#include <cstdint>
#include <deque>
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

  std::size_t counted = 0;  // bytes the journal has counted for it

  std::size_t bytes() const;
};

// The exchanges of one sandbox, the latest `max_entries`, at most `max_bytes` of them. Loop thread.
class Journal {
 public:
  void limit(std::size_t max_entries, std::size_t max_bytes);
  // Numbers the exchange and keeps it. It may be completed later through the pointer.
  void add(std::shared_ptr<Exchange> exchange);
  // Must be called after an exchange was completed, so that the bounds hold again.
  void completed(Exchange& exchange);
  std::shared_ptr<const Exchange> find(std::uint64_t number) const;
  // False when nothing is ever kept, so that there is no use in gathering it.
  bool keeps() const { return max_entries_ > 0 && max_bytes_ > 0; }
  // How many were let go to hold the bounds, since the journal was last cleared.
  std::uint64_t forgotten() const { return last_ - cleared_ - exchanges_.size(); }
  const std::deque<std::shared_ptr<Exchange>>& all() const { return exchanges_; }
  std::uint64_t seen() const { return last_; }  // all there ever were
  std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  void trim();
  std::deque<std::shared_ptr<Exchange>> exchanges_;
  std::uint64_t last_ = 0;
  std::uint64_t cleared_ = 0;  // the last number that was cleared away
  std::size_t bytes_ = 0;
  std::size_t max_entries_ = 10'000;
  std::size_t max_bytes_ = 64u << 20;
};

}  // namespace emulator
