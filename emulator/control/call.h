#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/loop.h"
#include "emulator/control/limits.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"

namespace emulator::state {
class Keeper;
}
namespace emulator::fleet {
class Fleet;
}

// What the calls of the control API have in common. Loop thread only.
namespace emulator::control {

class Tally;
class Watch;

// What the process and its server are at, for the metrics.
struct ProcessFigures {
  double resident_bytes = 0;
  double cpu_seconds = 0;
  double connections = 0;  // open now
  double accepted = 0;     // connections ever
  double requests = 0;     // of every kind, ever
  // Turns of the event loop.
  double turns = 0;
  double long_turns = 0;         // that used more processor time than they may
  double longest_turn = 0;       // of processor time, in seconds
  double longest_turn_wall = 0;  // of the time that passed, in seconds
  // Work beside the loop.
  double background_waiting = 0;   // not begun
  double background_begun = 0;     // and not over
  double background_done = 0;      // ever
  double background_given_up = 0;  // ever: nobody waited for it any more
  double let_go = 0;               // idle connections closed so that others could come in
  double log_dropped = 0;          // lines of the log that nobody read
};

// What calls may use; everything outlives them.
struct Parts {
  Registry& registry;
  Sandboxes& sandboxes;
  ScenarioLibrary& library;
  Pipeline& pipeline;
  webhook::Courier& courier;
  webhook::Inbox& inbox;
  const Memory* memory;  // null: nothing is counted
  Loop& loop;
  std::function<ProcessFigures()> process;  // may be empty
  // The certificate of the CA that vouches for the providers' hosts, as PEM; the failure is one
  // line. Empty: there is none.
  std::function<Result<std::string, std::string>()> ca_pem = nullptr;
  FileReader read_file = nullptr;   // of the user's pictures; empty: there are none
  bool has_page = true;             // that addresses can lead to
  judge::Judge* judge = nullptr;    // null: clients are not judged
  state::Keeper* keeper = nullptr;  // null: state ends with the process
  // Told of a clock that a call has moved or given another speed, and what it showed before; may be
  // empty.
  std::function<void(const Sandbox& box, Instant before)> clock_changed = {};
  // Told of a call that was answered by an error; may be empty.
  std::function<void(const http::Request& request, const http::Reply& reply)> refused = {};
  fleet::Fleet* fleet = nullptr;  // null: there is one emulator. Not without a keeper
};

// One call, routed. It is gone when the handler returns: whoever answers later keeps what it needs,
// the sandbox by its name, since it may be dropped meanwhile.
struct Call {
  const std::shared_ptr<const http::Request>& request;
  const Parts& parts;
  Watch& watch;
  const Tally& tally;
  const Limits& limits;
  std::string version;
  Instant started{};                            // wall time of the emulator's start
  std::map<std::string, std::string> captured;  // `{name}`s of the path, decoded

  const std::string& capture(const char* name) const { return captured.at(name); }
  // The sandbox of `{sandbox}`, made if need be: a test sets one up before its first request.
  Sandbox& box() const { return parts.sandboxes.named(capture("sandbox")); }
};

}  // namespace emulator::control
