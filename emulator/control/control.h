#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/control/access.h"
#include "emulator/control/call.h"
#include "emulator/control/limits.h"
#include "emulator/control/page.h"
#include "emulator/http/message.h"

namespace emulator {
namespace control {
struct Route;
}

// The control API under /_emulator: who may use it, and which call a request is. Loop thread only.
class Control {
 public:
  struct Options {
    std::string version;
    control::Access access;
    control::Limits limits;
    Instant started{};  // wall time
    control::Page page = {};
  };
  using Parts = control::Parts;

  Control(Options options, Parts parts);
  ~Control();

  // True for a path of the control API.
  static bool owns(std::string_view path);
  // True for a request that is ours to answer: those, and a browser in search of the page.
  bool takes(const http::Request& request) const;

  void handle(const std::shared_ptr<const http::Request>& request, http::Respond respond);
  // To be told of every exchange that was answered, for the metrics.
  void told(const Exchange& exchange);
  // The emulator ends: whoever waits is answered, streams of events are ended.
  void stop();

 private:
  void call(const control::Route& route, const std::shared_ptr<const http::Request>& request,
            std::map<std::string, std::string> captured, http::Respond respond);
  void call_once_brought(const control::Route& route,
                         const std::shared_ptr<const http::Request>& request,
                         std::map<std::string, std::string> captured, http::Respond respond);

  Options options_;
  Parts parts_;
  std::unique_ptr<control::Tally> tally_;
  std::unique_ptr<control::Watch> watch_;
};

}  // namespace emulator
