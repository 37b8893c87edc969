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
  std::shared_ptr<const http::Request> request;
  unsigned status = 0;  // 0 while pending, or when nothing was sent
  http::Headers reply_headers;
  std::string reply_body;       // cut to a bound
  std::size_t reply_bytes = 0;  // of the whole body
  std::string wire;             // what went wrong on the wire, by scenario; "" for nothing
  std::string refusal;          // "" or the word of the refusal
  std::string note;             // further reasons, in words

  // The decision. `scenario` keeps the rules alive that the numbers point to.
  std::shared_ptr<const scenario::Scenario> scenario;
  std::vector<std::size_t> rules;       // those that decided; empty: by default
  std::uint64_t nth = 0;                // which match of the first of them this was
  std::vector<scenario::Miss> misses;   // rules that nearly decided, and why not
  std::string task_before, task_after;  // phase in words

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
  const std::deque<std::shared_ptr<Exchange>>& all() const { return exchanges_; }
  std::uint64_t seen() const { return last_; }  // all there ever were
  std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  void trim();
  std::deque<std::shared_ptr<Exchange>> exchanges_;
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
  std::size_t max_entries_ = 10'000;
  std::size_t max_bytes_ = 64u << 20;
};

}  // namespace emulator
