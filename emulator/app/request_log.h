#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "emulator/app/log_line.h"
#include "emulator/base/clock.h"
#include "emulator/base/loop.h"
#include "emulator/sandbox/sandbox.h"

namespace emulator {

// One line for each request and for what else a person wants to know, gathered and written at the
// end of the loop's turn. Loop thread only.
class RequestLog {
 public:
  struct Parts {
    const WallClock& wall;
    // What the place looks like that the lines go to; empty: a file or a pipe.
    std::function<LogLook()> look;
    // Takes lines as they are, colours included.
    std::function<void(const std::string&)> write;
    Loop& loop;
    // The address of the page, to which lines lead at a terminal; "" where there is none.
    std::function<std::string()> page = [] { return std::string(); };
    // The address that a request to a proxy is meant for; "" for any other.
    std::function<std::string_view(const http::Request&)> target = nullptr;
  };

  // `format` is human, json or off.
  RequestLog(std::string format, Parts parts);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void told(const Sandbox& box, const Exchange& exchange);
  // A request that we answered before it reached a sandbox, or a call of the control API that was
  // answered by an error.
  void turned_away(const http::Request& request, const http::Reply& reply);
  // A clock that a call has moved or given another speed; it showed `before`.
  void clock_changed(const Sandbox& box, Instant before);
  // A line that warns of something the user may not have meant.
  void warned(const std::string& text);
  // Writes what is gathered.
  void flush();

 private:
  std::string link_to(const Sandbox& box, const Exchange& exchange) const;
  std::string shown_target(const http::Request& request) const;
  void add(const LogLine& line);
  void add_text(const std::string& line);  // not for a terminal's colours: they are escaped
  void gather(const std::string& line);

  std::string format_;
  Parts parts_;
  std::string buffer_;
  bool waiting_ = false;
};

}  // namespace emulator
