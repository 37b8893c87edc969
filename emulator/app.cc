#include "emulator/app.h"

#include <map>
#include <set>
#include <utility>

#include "emulator/app/contracts.h"
#include "emulator/app/key_file.h"
#include "emulator/app/process.h"
#include "emulator/app/request_log.h"
#include "emulator/app/scenario_file.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/app/webhooks.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/control/access.h"
#include "emulator/control/control.h"
#include "emulator/files.h"
#include "emulator/pipeline/expect.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator {
struct App::Impl {
  Impl(ServeConfig wanted, Surroundings around)
      : config(std::move(wanted)),
        surroundings(std::move(around)),
        registry(built_in_providers()) {}

  ServeConfig config;
  Surroundings surroundings;
  Registry registry;
  std::unique_ptr<ScenarioLibrary> library;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<Sandboxes> sandboxes;
  std::unique_ptr<Uploads> uploads;
  std::unique_ptr<http::Client> client;
  std::unique_ptr<webhook::Courier> courier;
  std::unique_ptr<webhook::Inbox> inbox;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Control> control;
  std::unique_ptr<RequestLog> log;
  std::unique_ptr<KeyFile> keys;       // none without `--auth FILE`
  std::unique_ptr<ScenarioFile> file;  // none where a built-in scenario was asked for
  std::vector<std::string> notices;    // told on stderr once it listens
  std::set<std::string> guessed;       // "provider model" outside the contracts; at most max_names
  std::string drawn_seed;              // "" where somebody gave one
  bool token_drawn = false;
  std::uint16_t port = 0;

  // The scenario named on the command line: built in, or a file.
  Result<std::shared_ptr<const scenario::Scenario>, std::string> first_scenario() {
    if (!names_a_file(config.scenario)) return library->find(config.scenario);
    std::string seen = file_stamp(config.scenario);
    auto read = read_scenario(config.scenario, library->vocabulary(), config.max_picture_file);
    if (!read) return Failure{read.error()};
    for (const std::string& warning : read->warnings) notices.push_back(warning);
    file = std::make_unique<ScenarioFile>(config.scenario, std::move(seen), std::move(*read),
                                          library->vocabulary(), config.max_picture_file);
    return file->scenario();
  }

  // A picture of the user's, below the scenario file's folder. On any thread.
  Result<std::string, std::string> picture_file(const std::string& path) const {
    if (!names_a_file(config.scenario))
      return Failure{
          "cannot read " + path +
          ": there is no folder to look in; serve with --scenario FILE, and put it beside"};
    return read_file(folder_of(config.scenario) + "/" + path, config.max_picture_file);
  }

  // Only sandboxes without a scenario of their own notice.
  void watch_scenario() {
    if (!file) return;
    file->watch([this](Duration wait,
                       std::function<void()> work) { return server->after(wait, std::move(work)); },
                {[this](std::shared_ptr<const scenario::Scenario> changed) {
                   sandboxes->set_default(std::move(changed));
                 },
                 surroundings.err});
  }

  std::string take_keys() {
    keys = std::make_unique<KeyFile>(config.auth, registry.vocabulary().providers);
    return keys->open(
        {[this](std::shared_ptr<const KeyBook> book) { pipeline->go_by(book); }, surroundings.err},
        [this](Duration wait, std::function<void()> work) {
          return server->after(wait, std::move(work));
        });
  }

  void announce() const {
    if (config.announce) {
      const bool v6 = config.host.find(':') != std::string::npos && config.host.front() != '[';
      surroundings.out("listening on http://" + (v6 ? "[" + config.host + "]" : config.host) + ":" +
                       std::to_string(port) + "\n");
    }
    for (const std::string& notice : notices) surroundings.err(notice + "\n");
    if (!config.announce) return;
    if (!drawn_seed.empty())
      surroundings.err("seed " + drawn_seed + " (repeat with --seed " + drawn_seed + ")\n");
    if (token_drawn) surroundings.err("control token " + config.control_token + "\n");
  }

  // Whoever waits for something that may never come must not hold up the end.
  void stop() {
    control->stop();
    server->stop();
  }

  control::ProcessFigures process_figures() const {
    const ProcessUse use = process_use();
    const http::Server::Figures figures = server->figures();
    return {use.resident_bytes, use.cpu_seconds, static_cast<double>(figures.connections),
            static_cast<double>(figures.accepted), static_cast<double>(figures.requests)};
  }

  std::string build() {
    if (std::string problem = lay_over(registry, config.contracts); !problem.empty())
      return problem;
    if (std::string problem = config.strict_models ? close_models(registry) : ""; !problem.empty())
      return problem;
    library = std::make_unique<ScenarioLibrary>(registry.vocabulary());
    auto first = first_scenario();
    if (!first) return first.error();

    std::uint64_t seed = config.seed;
    if (!config.seed_given) {
      seed = (*first)->seed.value_or(surroundings.drawn_seed);
      if (!(*first)->seed) drawn_seed = std::to_string(seed);
    }
    if (!control::is_this_machine(config.host) && config.control_token.empty()) {
      config.control_token = surroundings.drawn_token;
      token_drawn = true;
    }

    http::ServerOptions options;
    options.host = config.host;
    options.port = config.port;
    options.unix_socket = config.unix_socket;
    options.limits.body_bytes = config.max_body;
    options.limits.header_bytes = config.max_header;
    options.limits.connections = config.max_connections;
    http::Server::Hooks hooks;
    hooks.handle = [this](std::shared_ptr<const http::Request> request, http::Respond respond) {
      if (Control::owns(request->path))
        control->handle(request, std::move(respond));
      else
        pipeline->handle(std::move(request), std::move(respond));
    };
    hooks.protocol = [this](unsigned status, std::string_view why) {
      // A fault of ours; where it belongs to no request, this line is all there is of it.
      if (status == 500) surroundings.err("internal error: " + std::string(why) + "\n");
      return our_error(status, status == 500 ? "internal" : "protocol", why);
    };
    server = std::make_unique<http::Server>(std::move(options), std::move(hooks));

    Sandboxes::Options boxes;
    boxes.limits.sandboxes = config.max_sandboxes;
    boxes.limits.tasks = config.max_tasks;
    boxes.limits.journal_entries = config.max_journal;
    boxes.limits.journal_bytes = config.max_journal_bytes;
    boxes.limits.journals_bytes = config.max_journals_bytes;
    boxes.limits.notes = config.max_notes;
    boxes.limits.fired = config.max_fired;
    boxes.seed = seed;
    boxes.emptied = [this](const std::string& name) {
      if (uploads) uploads->drop_sandbox(name);
      if (courier) courier->forget(name);
    };
    ask_courier(boxes, courier);
    boxes.clock.skips = config.clock == "skip";
    if (config.clock.starts_with("manual")) {
      boxes.clock.manual = true;
      const std::string at =
          config.clock == "manual" ? "2026-01-01T00:00:00Z" : config.clock.substr(7);
      boxes.clock.at = *parse_instant(at);
    }
    sandboxes = std::make_unique<Sandboxes>(boxes, *surroundings.wall, *library,
                                            [this](Duration wait, std::function<void()> work) {
                                              return server->after(wait, std::move(work));
                                            });
    sandboxes->set_default(*first);
    watch_scenario();

    log = std::make_unique<RequestLog>(
        config.log, surroundings.err,
        [this](std::function<void()> work) { server->post(std::move(work)); });
    uploads = std::make_unique<Uploads>(
        Uploads::Limits{config.max_upload_memory, config.max_uploads, config.max_upload_files});
    if (!config.webhook_ca.empty())
      if (std::string problem = http::ca_file_problem(config.webhook_ca); !problem.empty())
        return problem + " (--webhook-ca)";
    client = server->client(client_options(config));
    courier = make_courier(config, *sandboxes, *client, *server);
    inbox = std::make_unique<webhook::Inbox>(
        webhook::Inbox::Limits{config.max_inbox, config.max_inbox_bytes});
    Pipeline::Options pipes;
    pipes.max_names = config.max_names;
    pipes.public_url = config.public_url;
    pipes.auth = config.auth == "any"      ? Keys::Policy::kAny
                 : config.auth == "format" ? Keys::Policy::kFormat
                                           : Keys::Policy::kBook;
    pipes.welcome_key = config.welcome_key;
    pipes.prompt_directives = !config.no_prompt_directives;
    pipeline = std::make_unique<Pipeline>(
        pipes, Pipeline::Parts{registry, *sandboxes, *library, *uploads,
                               [this](const std::string& path) { return picture_file(path); },
                               [this](std::function<void()> work, std::function<void()> done) {
                                 server->offload(std::move(work), std::move(done));
                               },
                               [this](const Sandbox& box, const Exchange& exchange) {
                                 log->told(box, exchange);
                                 control->told(exchange);
                               },
                               courier.get(),
                               [this](const std::string& provider, const Submission& made) {
                                 log->warned(made.remark);
                                 if (guessed.size() < config.max_names)
                                   guessed.insert(provider + " " + made.endpoint);
                               }});
    if (pipes.auth == Keys::Policy::kBook)
      if (std::string problem = take_keys(); !problem.empty()) return problem;
    control = std::make_unique<Control>(
        Control::Options{version(),
                         {config.control_token, config.host, config.public_url},
                         {config.max_waits, config.max_event_streams, config.max_event_backlog},
                         surroundings.wall->now()},
        Control::Parts{registry, *sandboxes, *library, *pipeline, *courier, *inbox,
                       [this](Duration wait, std::function<void()> work) {
                         return server->after(wait, std::move(work));
                       },
                       [this] { return process_figures(); }});
    return "";
  }
};

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() {
  if (impl_ && impl_->log) impl_->log->flush();
}

Result<std::unique_ptr<App>, std::string> App::make(ServeConfig config, Surroundings surroundings) {
  auto impl = std::make_unique<Impl>(std::move(config), std::move(surroundings));
  if (std::string problem = impl->build(); !problem.empty()) return Failure{std::move(problem)};
  return std::unique_ptr<App>(new App(std::move(impl)));
}

Result<std::uint16_t, std::string> App::start() {
  Impl& app = *impl_;
  auto port = app.server->listen();
  if (!port) return Failure{port.error()};
  if (!app.config.port_file.empty()) {
    const std::string problem =
        write_file_atomically(app.config.port_file, std::to_string(*port) + "\n");
    if (!problem.empty()) return Failure{problem + " (--port-file)"};
  }
  app.port = *port;
  app.announce();
  return *port;
}

std::string App::url() const { return local_url(impl_->config.host, impl_->port); }

const std::string& App::control_token() const { return impl_->config.control_token; }

std::string App::drawn_seed() const { return impl_->drawn_seed; }

// A sandbox counts for the scenario it uses now, so a test that chose one of its own is judged by
// that one.
std::vector<Judged> App::expectations() const {
  std::vector<Judged> out;
  std::map<const scenario::Scenario*, std::size_t> first;  // of each scenario's entries in `out`
  const auto take_in = [&](const scenario::Scenario& scenario) {
    const auto [place, fresh] = first.emplace(&scenario, out.size());
    if (!fresh) return place->second;
    for (const scenario::Expectation& one : scenario.expect)
      out.push_back({scenario.name, scenario.file, one.at.line, compact_json(one.shown),
                     one.at_least, one.at_most});
    return place->second;
  };
  take_in(*impl_->sandboxes->default_scenario());
  for (const Sandbox* box : impl_->sandboxes->all()) {
    std::size_t at = take_in(*box->scenario);
    for (const Expected& one : emulator::expectations(*box)) out[at++].count += one.count;
  }
  return out;
}

std::vector<std::string> App::guessed_models() const {
  return {impl_->guessed.begin(), impl_->guessed.end()};
}

int App::run(Signals signals) {
  if (signals == Signals::kStop) impl_->server->on_signal([this](int) { impl_->stop(); });
  impl_->server->run();
  impl_->log->flush();
  for (const std::string& line : undelivered(*impl_->courier)) impl_->surroundings.err(line + "\n");
  return 0;
}

void App::stop() {
  impl_->server->post([this] { impl_->stop(); });
}

}  // namespace emulator
