#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emulator/app/giving_back.h"
#include "emulator/app/key_file.h"
#include "emulator/app/reach.h"
#include "emulator/app/request_log.h"
#include "emulator/app/scenario_file.h"
#include "emulator/app/store.h"
#include "emulator/app/surroundings.h"
#include "emulator/app/teller.h"
#include "emulator/config/serve_config.h"
#include "emulator/control/control.h"
#include "emulator/fleet/fleet.h"
#include "emulator/http/client.h"
#include "emulator/http/server.h"
#include "emulator/judge/judge.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/state/keeper.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"

namespace emulator {

// Every part of an emulator, each built once and handed what it needs. A part outlives those that
// stand below it.
class Assembly {
 public:
  Assembly(ServeConfig wanted, Surroundings around);
  Assembly(const Assembly&) = delete;
  Assembly& operator=(const Assembly&) = delete;

  // Once, before anything else. "" or why it cannot be, in one line.
  std::string build();

  // "" where there is no page, and before the server listens.
  std::string page_address() const;

  // Once it listens: the others with the same store learn of it. "" or one line.
  std::string join_fleet();

  ServeConfig config;
  Surroundings surroundings;
  Teller teller{surroundings};
  Memory memory{config.max_memory};
  Registry registry;
  std::unique_ptr<ScenarioLibrary> library;
  std::unique_ptr<Reach> reach;  // before the server, which it outlives
  std::unique_ptr<http::Server> server;
  std::unique_ptr<GivingBack> giving_back;
  std::unique_ptr<Sandboxes> sandboxes;
  std::unique_ptr<Uploads> uploads;
  std::unique_ptr<http::Client> client;
  std::unique_ptr<webhook::Courier> courier;
  std::unique_ptr<webhook::Inbox> inbox;
  std::unique_ptr<judge::Judge> judge;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Control> control;
  std::unique_ptr<RequestLog> log;
  OpenStore store;                             // nothing without `--state`
  std::unique_ptr<state::Keeper> keeper;       // behind all whose state it keeps
  std::unique_ptr<http::Forwarder> forwarder;  // with a store that is shared, as the next
  std::unique_ptr<fleet::Fleet> fleet;
  std::unique_ptr<KeyFile> keys;       // none without `--auth FILE`
  std::unique_ptr<ScenarioFile> file;  // none where a built-in scenario was asked for
  std::vector<std::string> notices;    // told on stderr once it listens
  std::set<std::string> guessed;       // "provider model" outside the contracts; at most max_names
  std::uint64_t seed = 0;
  std::string drawn_seed;  // "" where somebody gave one
  bool token_drawn = false;
  std::uint16_t port = 0;  // once it listens

 private:
  // What the start reads (assembly.cc). "" or one line.
  std::string clear_port_file() const;
  std::string read_contracts();
  std::string read_scenario();
  std::string open_store();
  std::string open_reach();
  std::string take_keys();
  void choose_token();
  Result<std::string, std::string> picture_file(const std::string& path) const;

  // The server and what it asks (assembly_server.cc).
  void make_server();
  http::Server::Hooks server_hooks();
  std::optional<http::Reply> busy(const std::shared_ptr<const http::Request>& request);
  void name_the_spare();

  // What stands behind the server (assembly_parts.cc).
  std::string make_keeper();
  void serve_keeper();
  void make_fleet();
  void make_sandboxes();
  Sandboxes::Options sandbox_options();
  void make_log();
  std::string make_webhooks();
  void make_judge();
  void make_pipeline();
  void make_control();
  control::ProcessFigures process_figures() const;
  Visitors visitors() const;

  std::shared_ptr<const scenario::Scenario> first_;  // the one of the command line
};

}  // namespace emulator
