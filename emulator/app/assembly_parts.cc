// What stands behind the server: sandboxes and who keeps them, webhooks, the judge, the pipeline,
// the control API.
#include <utility>

#include "emulator/app/assembly.h"
#include "emulator/app/contracts.h"
#include "emulator/app/process.h"
#include "emulator/app/webhooks.h"
#include "emulator/base/crypto.h"
#include "emulator/config/config.h"
#include "emulator/files.h"
#include "emulator/pipeline/router.h"

namespace emulator {
namespace {

// What our own page shows the control API. Not the token: that one may be said to others.
std::string page_key(const std::string& drawn) {
  return to_hex(sha256("page " + drawn)).substr(0, 32);
}

}  // namespace

std::string Assembly::make_keeper() {
  if (!store.engine) return "";
  try {
    keeper = std::make_unique<state::Keeper>(
        config.state_limits, state::Keeper::Parts{*store.engine, *surroundings.wall, *server,
                                                  teller.teller(), [this](const std::string& name) {
                                                    if (fleet) fleet->refused(name);
                                                  }});
  } catch (const state::StateFault& fault) {
    return fault.what();
  }
  return "";
}

void Assembly::serve_keeper() {
  if (!keeper) return;
  keeper->serve({*sandboxes, *library, *uploads, *courier, *inbox,
                 [this](const Task& task) { return pipeline->whole_input(task); },
                 [this](std::uint16_t provider, std::string_view made_from) {
                   return pipeline->voice_again(provider, made_from);
                 }});
}

// Others that keep theirs in the same place are one with this one.
void Assembly::make_fleet() {
  if (!store.claims) return;
  forwarder = server->forwarder();
  fleet::Options options = config.fleet;
  options.patience = config.state_limits.patience;
  fleet = std::make_unique<fleet::Fleet>(
      options,
      fleet::Fleet::Parts{*store.claims, *keeper, *sandboxes, *forwarder, *surroundings.wall,
                          *server, teller.teller(),
                          [](const std::string& why) { return our_error(503, "state", why); }});
}

std::string Assembly::join_fleet() {
  if (!fleet) return "";
  const auto address = peer_address(config, port);
  return address ? fleet->join(*address) : address.error();
}

Sandboxes::Options Assembly::sandbox_options() {
  Sandboxes::Options out;
  out.limits = config.sandboxes;
  out.clock = config.clock;
  out.seed = seed;
  out.scribe = keeper.get();
  out.memory = &memory;
  out.emptied = [this](const std::string& name) {
    if (uploads) uploads->drop_sandbox(name);
    if (courier) courier->forget(name);
    giving_back->soon();
  };
  out.closing = [this](Sandbox& box) {
    if (judge) judge->closing(box);
  };
  out.ends_moved = [this](Sandbox& box, const Task& task, bool others) {
    if (courier) courier->end_changed(box, task, others);
  };
  out.settle = [this](const Sandbox& box, std::function<void()> finished) {
    if (!courier) return finished();
    courier->settle(box, std::move(finished));
  };
  out.under_way = [this](const Sandbox& box) {
    return courier ? courier->under_way(box) : std::vector<Agenda::Entry>();
  };
  return out;
}

// Only sandboxes without a scenario of their own notice that the file has changed.
void Assembly::make_sandboxes() {
  sandboxes = std::make_unique<Sandboxes>(sandbox_options(), *surroundings.wall, *library, *server);
  sandboxes->set_default(first_);
  if (!file) return;
  file->watch(*server, {[this](std::shared_ptr<const scenario::Scenario> changed) {
                          sandboxes->set_default(std::move(changed));
                        },
                        teller.teller()});
}

void Assembly::make_log() {
  log = std::make_unique<RequestLog>(
      config.log, RequestLog::Parts{*surroundings.wall, surroundings.look,
                                    [this](const std::string& lines) { teller.write(lines); },
                                    *server, [this] { return page_address(); },
                                    [this](const http::Request& request) {
                                      return named_target(registry, request);
                                    }});
}

std::string Assembly::make_webhooks() {
  if (const std::string& ca = config.webhook_client.ca_file; !ca.empty()) {
    // A pipe would be waited for.
    std::string problem = why_unreadable(ca, kMaxTextFile);
    if (problem.empty()) problem = http::ca_file_problem(ca);
    if (!problem.empty()) return problem + " (--webhook-ca)";
  }
  client = server->client(client_options(config));
  courier = std::make_unique<webhook::Courier>(
      config.webhooks,
      webhook::Courier::Parts{*sandboxes,
                              [this](http::Post post, std::function<void(http::Receipt)> done) {
                                return client->send(std::move(post), std::move(done));
                              },
                              *server});
  inbox = std::make_unique<webhook::Inbox>(config.inbox, &memory);
  return "";
}

void Assembly::make_judge() {
  judge = std::make_unique<judge::Judge>(
      config.judge,
      judge::Judge::Parts{[this](std::uint16_t provider) -> const contract::Contract& {
                            return registry.contract(provider);
                          },
                          &memory});
}

Visitors Assembly::visitors() const {
  Visitors::Options options = config.visitors;
  options.host = config.server.host;
  options.public_url = config.pipeline.public_url;
  return Visitors(std::move(options));
}

void Assembly::make_pipeline() {
  Pipeline::Options options = config.pipeline;
  options.visitors = visitors();
  pipeline = std::make_unique<Pipeline>(
      std::move(options),
      Pipeline::Parts{registry, *sandboxes, *library, *uploads,
                      [this](const std::string& path) { return picture_file(path); }, *server,
                      [this](const Sandbox& box, const Exchange& exchange) {
                        log->told(box, exchange);
                        control->told(exchange);
                      },
                      courier.get(),
                      [this](const std::string& provider, const Submission& made) {
                        log->warned(made.remark);
                        if (guessed.size() < config.pipeline.max_names)
                          guessed.insert(provider + " " + made.endpoint);
                      },
                      [this](const std::string& line) { surroundings.err(line + "\n"); },
                      config.judge.watched > 0 ? judge.get() : nullptr,
                      [this](const http::Request& request, const http::Reply& reply) {
                        log->turned_away(request, reply);
                      },
                      keeper.get(), fleet.get()});
}

void Assembly::make_control() {
  const std::string key = page_key(surroundings.drawn_token);
  control::Limits limits = config.control;
  limits.json = config.pipeline.json;
  control = std::make_unique<Control>(
      Control::Options{
          version(),
          {config.control_token, config.server.host, config.pipeline.public_url, visitors(), key},
          limits,
          surroundings.wall->now(),
          {config.page, key, version()}},
      Control::Parts{
          registry, *sandboxes, *library, *pipeline, *courier, *inbox, &memory, *server,
          [this] { return process_figures(); }, [this] { return reach->ca_pem(); },
          [this](const std::string& path) { return picture_file(path); }, true, judge.get(),
          keeper.get(),
          [this](const Sandbox& box, Instant before) { log->clock_changed(box, before); },
          [this](const http::Request& request, const http::Reply& reply) {
            log->turned_away(request, reply);
          },
          fleet.get()});
}

control::ProcessFigures Assembly::process_figures() const {
  const ProcessUse use = process_use();
  const http::Server::Figures figures = server->figures();
  const auto seconds = [](std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
  };
  return {use.resident_bytes,
          use.cpu_seconds,
          static_cast<double>(figures.connections),
          static_cast<double>(figures.accepted),
          static_cast<double>(figures.requests),
          static_cast<double>(figures.turns.turns),
          static_cast<double>(figures.turns.long_turns),
          seconds(figures.turns.longest_processor),
          seconds(figures.turns.longest),
          static_cast<double>(figures.background.waiting),
          static_cast<double>(figures.background.begun),
          static_cast<double>(figures.background.done),
          static_cast<double>(figures.background.given_up),
          static_cast<double>(figures.let_go),
          surroundings.log != nullptr ? static_cast<double>(surroundings.log->dropped()) : 0};
}

}  // namespace emulator
