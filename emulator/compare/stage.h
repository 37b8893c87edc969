#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/manual_loop.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator::compare {

// An emulator without sockets, whose clocks stand still until they are moved: what the recorded
// requests are sent to. One thread.
class Stage {
 public:
  // `scenario`: null for the built-in default. `directives`: whether prompts may steer, as those of
  // fixtures do.
  Stage(Registry& registry, ScenarioLibrary& library,
        std::shared_ptr<const scenario::Scenario> scenario, Instant start, bool strict_keys,
        bool directives = false);
  ~Stage();

  struct Answer {
    std::optional<http::Reply> reply;  // nullopt: it has not come yet
    std::string streamed;              // what came of a streamed body so far
    bool is_stream = false;
    // How the request was understood; "" where it reached no provider.
    std::string provider, route, endpoint, task, refusal;
    On on = On::kAccount;
    std::shared_ptr<void> sink;  // of the stream
  };
  std::shared_ptr<Answer> send(http::Request request);

  // Moves the clock of every sandbox there is; with a name, of that one; "": of the latest used.
  void advance(Duration by);
  void advance(const std::string& sandbox, Duration by);

 private:
  class Still;
  void move(Sandbox& box, Duration by);
  void fire_due();

  std::unique_ptr<Still> wall_;
  Memory memory_;  // counts, and refuses nothing
  ManualLoop loop_;
  std::unique_ptr<Sandboxes> sandboxes_;
  std::unique_ptr<Uploads> uploads_;
  std::unique_ptr<Pipeline> pipeline_;
  std::weak_ptr<Answer> current_;
  std::vector<std::function<void()>> leaving_;  // ends each stream that is open
};

}  // namespace emulator::compare
