#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"

namespace emulator {

// Lines on their way to a descriptor that somebody else may not read: a pipe whose reader sleeps, a
// terminal that was stopped. Never waits. What the descriptor does not take is kept up to a bound
// and tried again; lines beyond it are dropped and counted, and once there is room again a line
// says how many. Any thread.
class LogSink {
 public:
  // Writes to `fd`, which must outlive it and whose modes are left alone: others write to it, too.
  explicit LogSink(int fd, std::size_t kept = 256u << 10);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  // Whole lines, each with its end.
  void write(std::string_view lines);
  // Tries what is kept once more. True when nothing is left.
  bool flush();
  // Writes what is kept, waiting for the reader, but not for longer than `most`.
  void finish(Millis most);

  // Lines dropped so far.
  std::uint64_t dropped() const;

 private:
  enum class How : std::uint8_t {
    kOwn,     // a file description of our own that does not block
    kPlain,   // never blocks for longer than a disk takes
    kSocket,  // is asked not to block, write by write
    kPolled,  // is asked whether it would
  };
  std::size_t put(std::string_view bytes);
  bool send_kept();
  void keep(std::string_view lines);

  const int fd_;
  const std::size_t most_;
  int own_ = -1;
  How how_ = How::kPlain;
  mutable std::mutex mutex_;
  std::string kept_;
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_ = 0;  // of those, not said yet
  bool gone_ = false;         // nobody will ever read
};

// Text as it may go to a terminal or a log: control characters (but line ends and tabs), and those
// that change the direction or the lines of what is shown, as \u202e. JSON stays the same JSON.
// What is not UTF-8 becomes U+FFFD.
std::string printable(std::string text);

}  // namespace emulator
