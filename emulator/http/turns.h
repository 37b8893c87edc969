#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "emulator/http/asio_turns.h"

namespace emulator::http {

struct Request;

// What time a turn of the loop takes.
class TurnClock {
 public:
  virtual ~TurnClock() = default;
  // Time that passes, to a few milliseconds; asked twice a turn, so it must cost next to nothing.
  virtual std::chrono::nanoseconds passing() const = 0;
  // Processor time of the calling thread.
  virtual std::chrono::nanoseconds processor() const = 0;
};

// The machine's: the coarse monotonic clock, and the thread's.
const TurnClock& system_turn_clock();

// One turn that held the loop too long.
struct LongTurn {
  std::chrono::nanoseconds processor{0};  // at least
  std::chrono::nanoseconds passed{0};
  std::string request;       // method and path of the last one it took in; "" for none
  std::size_t requests = 0;  // that it took in
};

// Looks at every turn of an event loop: from the moment something is called by it until that
// returns. A turn is long when it has used more than `limit` of processor time; the time that
// passes is no measure on a busy machine, and is counted beside it. Belongs to one thread,
// but for its figures.
class TurnWatch final : public TurnMarks {
 public:
  struct Figures {
    std::uint64_t turns = 0;
    std::uint64_t long_turns = 0;                   // by processor time
    std::uint64_t held = 0;                         // turns during which that much time passed
    std::chrono::nanoseconds longest_processor{0};  // of the long and nearly long; at least
    std::chrono::nanoseconds longest{0};            // by the time that passed
  };

  TurnWatch(const TurnClock& clock, std::chrono::nanoseconds limit,
            std::function<void(const LongTurn&)> told);

  void begin() override;
  void end() override;
  // A request was taken in during this turn.
  void took_in(const Request& request);

  // From any thread; each figure by itself.
  Figures figures() const {
    return {turns_.load(kRelaxed), long_turns_.load(kRelaxed), held_.load(kRelaxed),
            longest_processor_.load(kRelaxed), longest_.load(kRelaxed)};
  }

 private:
  void look(std::chrono::nanoseconds passing);
  void was_slow(std::chrono::nanoseconds passing);

  const TurnClock& clock_;
  const std::chrono::nanoseconds limit_;
  const std::function<void(const LongTurn&)> told_;
  // Written by the watched thread alone.
  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;
  std::atomic<std::uint64_t> turns_{0}, long_turns_{0}, held_{0};
  std::atomic<std::chrono::nanoseconds> longest_processor_{}, longest_{};
  std::chrono::nanoseconds began_{0};
  // When the processor's time was last looked at, and what it was.
  std::chrono::nanoseconds looked_{0};
  std::chrono::nanoseconds processor_{0};
  std::string request_;
  std::size_t requests_ = 0;
  int depth_ = 0;  // callbacks may be called by callbacks
};

}  // namespace emulator::http
