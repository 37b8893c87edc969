#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/manual_loop.h"
#include "emulator/http/message.h"
#include "emulator/judge/judge.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"
#include "tests/support/manual_wall.h"

namespace emulator::test {

struct WorldOptions {
  std::string scenario = "default";        // a built-in name, or a scenario's text
  std::vector<Registry::Entry> providers;  // beside those built in
  std::vector<std::string> contracts;      // texts laid over the contracts
  std::uint64_t seed = 1;
  bool manual = true;  // clocks stand at kNewYear
  bool judged = true;  // clients are held against the rules
  SandboxLimits limits;
  Pipeline::Options pipeline;
  judge::Limits judge;
  std::string folder;  // of the user's files
};

// Everything behind the sockets, in one thread, on a clock moved by hand. Throws std::runtime_error
// when a scenario or contract is bad.
class World {
 public:
  explicit World(WorldOptions options = {});
  ~World();

  // The answer, if it came at once.
  std::optional<http::Reply> send(http::Request request);
  // Answers that come later are put here, in order.
  struct Later {
    std::optional<http::Reply> reply;
  };
  std::shared_ptr<Later> send_later(http::Request request);

  // Moves a sandbox's clock, everything due fired.
  Sandboxes::Moved advance(const std::string& sandbox, Duration by);
  // Moves the wall; sandboxes whose clocks run with it move as well, and their timers fire.
  void advance_wall(Duration by);

  ManualWall wall;
  ManualLoop loop{wall};
  Memory memory;  // counts, and refuses nothing
  Registry registry;
  std::unique_ptr<ScenarioLibrary> library;
  std::unique_ptr<Sandboxes> sandboxes;
  std::unique_ptr<Uploads> uploads;
  std::unique_ptr<judge::Judge> judge;
  std::unique_ptr<Pipeline> pipeline;
  std::function<void(const Sandbox&, const Exchange&)> told;  // of every answer; may be empty
};

// A request as it would have come over the wire. `target` may be an absolute address.
http::Request request(std::string method, std::string target,
                      std::vector<std::pair<std::string, std::string>> headers = {},
                      std::string body = "");

// Takes in what a streamed reply writes.
class Collected final : public http::BodySink {
 public:
  void write(std::string piece) override { text += piece; }
  std::size_t backlog() const override { return 0; }
  void end() override {
    ended = true;
    closed = nullptr;
  }
  void abort() override {
    aborted = true;
    closed = nullptr;
  }
  void on_closed(std::function<void()> call) override { closed = std::move(call); }
  // The client goes away. Must be called for a stream that has not ended, since what waits for it
  // to be closed holds on to it.
  void leave() {
    if (const auto call = std::exchange(closed, nullptr)) call();
  }

  std::string text;
  bool ended = false;
  bool aborted = false;
  std::function<void()> closed;
};

}  // namespace emulator::test
