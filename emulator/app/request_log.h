#pragma once

#include <functional>
#include <string>

#include "emulator/sandbox/sandbox.h"

namespace emulator {

// One line for each request, gathered and written at the end of the loop's turn. Loop thread only.
class RequestLog {
 public:
  // `format` is human, json or off; `later` runs work at the end of the loop's turn.
  RequestLog(std::string format, std::function<void(const std::string&)> write,
             std::function<void(std::function<void()>)> later);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void told(const Sandbox& box, const Exchange& exchange);
  // A line that warns of something the user may not have meant.
  void warned(const std::string& text);
  // Writes what is gathered.
  void flush();

 private:
  void add(const std::string& line);

  std::string format_;
  std::function<void(const std::string&)> write_;
  std::function<void(std::function<void()>)> later_;
  std::string buffer_;
  bool waiting_ = false;
};

}  // namespace emulator
