#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "emulator/control/call.h"
#include "emulator/control/check.h"
#include "emulator/control/limits.h"

namespace emulator::control {

// Callers that stay: those that wait for a verification to hold, and those that read the events of
// a sandbox. They are woken by what happens in the sandbox; nothing polls. Loop thread only.
class Watch {
 public:
  Watch(Limits limits, const Parts& parts);
  ~Watch();

  // Answers as soon as the check holds, or can not hold any more, or its time is up. The wait ends
  // with the caller's connection.
  void wait(const std::string& sandbox, Check check, const std::weak_ptr<http::Caller>& caller,
            http::Respond respond);
  // The body of an events stream: only happenings whose kind is in `kinds`, all when it is empty;
  // answered requests after number `after` that the journal still holds come first.
  http::Reply stream(const std::string& sandbox, std::vector<std::string> kinds,
                     std::optional<std::uint64_t> after);
  // The emulator ends: waits are answered as they stand, streams are ended.
  void stop();

  struct Figures {
    std::size_t waits = 0;
    std::size_t streams = 0;
    std::uint64_t dropped = 0;  // streams whose reader was too slow
  };
  Figures figures() const { return {waits_.size(), streams_.size(), dropped_}; }

 private:
  struct Wait;
  struct Stream;
  using WaitPtr = std::shared_ptr<Wait>;
  using StreamPtr = std::shared_ptr<Stream>;

  void woken(const WaitPtr& wait, const Happening& happening);
  // `box` is null when it is let go.
  void answer(WaitPtr wait, const Sandbox* box);
  void begin(const StreamPtr& stream);
  void tell(const StreamPtr& stream, const Happening& happening);
  void send(const StreamPtr& stream, std::string_view kind, const Json& data,
            std::uint64_t number = 0);
  void watch_end(const StreamPtr& stream, const Task& task);
  void beat(const StreamPtr& stream);
  void end(const StreamPtr& stream);

  const Limits limits_;
  const Parts& parts_;
  std::set<WaitPtr> waits_;
  std::set<StreamPtr> streams_;
  std::uint64_t dropped_ = 0;
  bool stopped_ = false;
};

// The kinds of events, as they are called in a stream.
const std::vector<std::string>& event_kinds();

}  // namespace emulator::control
