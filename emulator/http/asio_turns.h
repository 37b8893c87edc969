#pragma once

// Included by Asio itself, in place of its tracing of handlers
// (BOOST_ASIO_CUSTOM_HANDLER_TRACKING): of all that it could trace we are told when something is
// called, and when that has returned.

namespace emulator::http {

// Told of every turn of the loop that runs in its thread.
class TurnMarks {
 public:
  virtual void begin() = 0;
  virtual void end() = 0;

 protected:
  ~TurnMarks() = default;
};

// Whoever is told in this thread; null for nobody.
inline thread_local TurnMarks* turn_marks = nullptr;

// Lives around one call, and tells of its end also when it throws.
class MarkedTurn {
 public:
  MarkedTurn() = default;
  MarkedTurn(const MarkedTurn&) = delete;
  MarkedTurn& operator=(const MarkedTurn&) = delete;
  ~MarkedTurn() { end(); }

  void begin() {
    marks_ = turn_marks;
    if (marks_ != nullptr) marks_->begin();
  }
  void end() {
    if (marks_ != nullptr) marks_->end();
    marks_ = nullptr;
  }

 private:
  TurnMarks* marks_ = nullptr;
};

}  // namespace emulator::http

#define BOOST_ASIO_INHERIT_TRACKED_HANDLER
#define BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER
#define BOOST_ASIO_HANDLER_TRACKING_INIT (void)0
#define BOOST_ASIO_HANDLER_LOCATION(args) (void)0
#define BOOST_ASIO_HANDLER_CREATION(args) (void)0
#define BOOST_ASIO_HANDLER_COMPLETION(args) ::emulator::http::MarkedTurn marked_turn
#define BOOST_ASIO_HANDLER_INVOCATION_BEGIN(args) marked_turn.begin()
#define BOOST_ASIO_HANDLER_INVOCATION_END marked_turn.end()
#define BOOST_ASIO_HANDLER_OPERATION(args) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_REGISTRATION(args) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_DEREGISTRATION(args) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_READ_EVENT 0
#define BOOST_ASIO_HANDLER_REACTOR_WRITE_EVENT 0
#define BOOST_ASIO_HANDLER_REACTOR_ERROR_EVENT 0
#define BOOST_ASIO_HANDLER_REACTOR_EVENTS(args) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_OPERATION(args) (void)0
