#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/control/call.h"
#include "emulator/control/input.h"
#include "emulator/scenario/fit.h"

namespace emulator::control {

// What `verify` asks: how many requests meet a condition, or that some came in an order, and how
// far apart in time.
struct Question {
  std::vector<std::shared_ptr<const scenario::When>> whens;  // one, or the steps of an order
  bool ordered = false;
  std::uint64_t at_least = 1;
  std::uint64_t at_most = UINT64_MAX;
  std::optional<Duration> least_gap, most_gap;  // between those that count, on the sandbox's clock
  std::uint64_t after = 0;                      // only requests with a higher number
  std::optional<Instant> since;                 // only requests that came then or later
  Duration within{0};                           // how long to wait, by the wall
};

// Reads the body of a `verify`; what is wrong with it is in `body` then.
Question read_question(Members& body, const Sandbox& box, const scenario::Vocabulary& vocabulary);

// One verification under way. Looks at requests in the order they came, each once. Loop thread.
class Check {
 public:
  explicit Check(Question question) : question_(std::move(question)) {}

  void look(const Exchange& exchange, const Sandbox& box, const Parts& parts);
  // Looks at everything the journal holds.
  void look_back(const Sandbox& box, const Parts& parts);
  // The journal was cleared: nothing has come.
  void forget();

  bool holds() const;
  // It can not come to hold any more.
  bool hopeless() const;
  const Question& question() const { return question_; }
  Json report(const Sandbox* box) const;

 private:
  struct Near {
    std::size_t held;
    Json line;
  };
  void count(const Exchange& exchange, const Sandbox& box);
  void keep_near(const scenario::Fit& fit, const Exchange& exchange, const Sandbox& box);

  Question question_;
  std::uint64_t count_ = 0;
  std::optional<Instant> last_;
  std::vector<std::string> ids_;       // of those that counted, the first ones
  std::vector<std::string> problems_;  // gaps that were too short or too long
  std::deque<Near> near_;              // nearest first
};

}  // namespace emulator::control
