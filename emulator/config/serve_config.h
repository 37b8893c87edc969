#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/control/limits.h"
#include "emulator/control/page.h"
#include "emulator/fleet/fleet.h"
#include "emulator/http/client.h"
#include "emulator/http/server.h"
#include "emulator/judge/docket.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/visitors.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/scenario/scenario.h"
#include "emulator/state/keeper.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"

namespace emulator {

// How clients that were never told of an emulator get to it (app/reach).
struct ReachOptions {
  std::string ca_dir;  // "" : where the system keeps data of its user
  std::string tls_cert, tls_key;
  std::string proxy_others = "refuse";  // refuse, pass, or globs of hosts, with commas
  std::size_t certificates = 1'000;     // kept of those that are made
  // No flags: a CA that is not kept, and the proxy that the environment named before.
  bool ca_in_memory = false;
  std::string https_proxy_before, http_proxy_before, no_proxy_before;
};

// When a server that nobody stops ends by itself (app/lifetime).
struct LifetimeOptions {
  bool exit_with_parent = false;
  std::uint64_t exit_with = 0;  // a process id; 0 for none
  Duration idle_exit{};         // of wall time; 0 for never
};

// What `serve` or `run` was asked to do: the options and limits of each part, as the part itself
// has them, and what is left for the app. What is no flag (clocks, callbacks, what other parts are)
// App adds when it builds the part.
struct ServeConfig {
  http::ServerOptions server;
  ReachOptions reach;
  LifetimeOptions lifetime;  // serve only
  Visitors::Options visitors;
  SandboxLimits sandboxes;
  ClockStart clock;
  Uploads::Limits uploads;
  scenario::Limits scenario_limits;
  Pipeline::Options pipeline;
  webhook::Courier::Options webhooks;
  http::ClientOptions webhook_client;
  webhook::Inbox::Limits inbox;
  judge::Limits judge;
  state::Limits state_limits;
  fleet::Options fleet;
  control::Limits control;
  control::Page::Mode page = control::Page::Mode::kOn;

  std::string port_file;
  std::string scenario = "default";  // a built-in name, or a file
  std::vector<std::string> contracts;
  bool strict_models = false;
  std::optional<std::uint64_t> seed;
  std::string key_file;  // of `--auth FILE`; then `pipeline.auth` is Keys::Policy::kBook
  std::string control_token;
  std::string log = "human";   // human, json, off
  std::string state = "none";  // or a file, or the address of a Redis
  std::string peer_address;    // HOST[:PORT]; "" : where it listens
  std::uint64_t max_memory = 1ull << 30;
  std::size_t max_picture_file = 64u << 20;  // that a scenario may name
  bool announce = true;  // no flag: say address and drawn values once it listens
};

// Whether `--scenario WANTED` means a file rather than a built-in scenario.
bool names_a_file(std::string_view wanted);

// The words of `--clock`. The failure is one line.
Result<ClockStart, std::string> clock_start(const std::string& words);

}  // namespace emulator
