#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emulator/control/access.h"
#include "emulator/control/call.h"
#include "emulator/control/limits.h"
#include "emulator/http/message.h"

namespace emulator {

// The control API under /_emulator: who may use it, and which call a request is. Loop thread only.
class Control {
 public:
  struct Options {
    std::string version;
    control::Access access;
    control::Limits limits;
    Instant started{};  // wall time
  };
  using Parts = control::Parts;

  Control(Options options, Parts parts);
  ~Control();

  // True for a path of the control API.
  static bool owns(std::string_view path);

  void handle(const std::shared_ptr<const http::Request>& request, http::Respond respond);
  // To be told of every exchange that was answered, for the metrics.
  void told(const Exchange& exchange);
  // The emulator ends: whoever waits is answered, streams of events are ended.
  void stop();

 private:
  Options options_;
  Parts parts_;
  std::unique_ptr<control::Tally> tally_;
  std::unique_ptr<control::Watch> watch_;
};

}  // namespace emulator
