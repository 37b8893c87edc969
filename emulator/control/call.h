#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/http/message.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"

// What the calls of the control API have in common. Loop thread only.
namespace emulator::control {

// What calls may use; everything outlives them.
struct Parts {
  Registry& registry;
  Sandboxes& sandboxes;
  ScenarioLibrary& library;
  Pipeline& pipeline;
  webhook::Courier& courier;
  webhook::Inbox& inbox;
};

// One call, routed. It is gone when the handler returns: whoever answers later keeps what it needs,
// the sandbox by its name, since it may be dropped meanwhile.
struct Call {
  const std::shared_ptr<const http::Request>& request;
  const Parts& parts;
  std::string version;
  Instant started{};                            // wall time of the emulator's start
  std::map<std::string, std::string> captured;  // `{name}`s of the path, decoded

  const std::string& capture(const char* name) const { return captured.at(name); }
  // The sandbox of `{sandbox}`, made if need be: a test sets one up before its first request.
  Sandbox& box() const { return parts.sandboxes.named(capture("sandbox")); }
};

}  // namespace emulator::control
