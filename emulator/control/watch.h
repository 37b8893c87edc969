#pragma once

#include <cstdint>
#include <deque>
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
  // A stream of all sandboxes, those to come included; `last` is the id of the last event that the
  // reader has seen, "" for none. `run` tells one start of the emulator from another.
  http::Reply stream_of_all(std::vector<std::string> kinds, std::string last, std::string run);
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
  http::Reply reply_for(const StreamPtr& stream);
  void begin(const StreamPtr& stream);
  void begin_all(const StreamPtr& stream);
  void remember(const Happening& happening);
  Sandbox* box_of(const Stream& stream, const Happening& happening) const;
  void tell(const StreamPtr& stream, const Happening& happening);
  // `box` is of a stream of all sandboxes; null where it concerns none.
  void send(const StreamPtr& stream, std::string_view kind, Json data, const Sandbox* box,
            const std::string& id = "");
  // Sends data that is JSON text already.
  void send_text(const StreamPtr& stream, std::string_view kind, std::string_view data,
                 const std::string& id = "");
  void watch_end(const StreamPtr& stream, Sandbox& box, const Task& task);
  void beat(const StreamPtr& stream);
  void end(const StreamPtr& stream);

  const Limits limits_;
  const Parts& parts_;
  std::set<WaitPtr> waits_;
  std::set<StreamPtr> streams_;
  std::uint64_t dropped_ = 0;
  bool stopped_ = false;

  // The latest answered requests of all sandboxes, so that a reader of all can go on where it was.
  // Kept from the first such reader on, at most as many as one could be sent in one go.
  struct Told {
    std::string sandbox;
    std::uint64_t number;  // in its journal
  };
  std::deque<Told> told_;
  std::uint64_t told_before_ = 0;  // how many were let go
  std::shared_ptr<void> remembering_;
};

// The kinds of events, as they are called in a stream.
const std::vector<std::string>& event_kinds();

}  // namespace emulator::control
