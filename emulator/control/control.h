#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/http/message.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator {

// The control API under /_emulator: health, sandboxes, clocks, tasks, requests, scenarios. Loop
// thread only.
class Control {
 public:
  struct Options {
    std::string version;
    std::string token;  // "" : none asked for
    std::string host;   // the address listened on; its name is no foreign Host
    std::string public_url;
    Instant started{};  // wall time
  };
  struct Parts {
    Registry& registry;
    Sandboxes& sandboxes;
    ScenarioLibrary& library;
    Pipeline& pipeline;
  };

  Control(Options options, Parts parts);

  // True for a path of the control API.
  static bool owns(std::string_view path);

  void handle(const std::shared_ptr<const http::Request>& request, http::Respond respond);

 private:
  struct Asked;
  std::optional<http::Reply> denied(const http::Request& request) const;
  http::Reply health() const;
  http::Reply list_sandboxes() const;
  Json summary(Sandbox& box) const;
  void sandbox_call(const Asked& asked, http::Respond respond);
  http::Reply reset(const Asked& asked, Sandbox& box);
  void clock(const Asked& asked, Sandbox& box, http::Respond respond);
  http::Reply tasks(const Asked& asked, Sandbox& box);
  http::Reply requests(const Asked& asked, Sandbox& box);
  http::Reply scenario(const Asked& asked, Sandbox& box);

  Options options_;
  Parts parts_;
};

}  // namespace emulator
