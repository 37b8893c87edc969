#include "emulator/app.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "emulator/app/contracts.h"
#include "emulator/app/key_file.h"
#include "emulator/app/lifetime.h"
#include "emulator/app/process.h"
#include "emulator/app/reach.h"
#include "emulator/app/request_log.h"
#include "emulator/app/scenario_file.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/app/webhooks.h"
#include "emulator/base/crypto.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/control/access.h"
#include "emulator/control/control.h"
#include "emulator/files.h"
#include "emulator/http/authority.h"
#include "emulator/judge/judge.h"
#include "emulator/os/os.h"
#include "emulator/pipeline/expect.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/pipeline/router.h"
#include "emulator/pipeline/visitors.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/spill_folder.h"
#include "emulator/state/keeper.h"
#include "emulator/state/sqlite.h"

namespace emulator {
namespace {

// What our own page shows the control API. Not the token: that one may be said to others.
std::string page_key(const std::string& drawn) {
  return to_hex(sha256("page " + drawn)).substr(0, 32);
}
// When so much that was counted is held no more, it is given back to the system once nothing was
// asked for a moment: giving back a gigabyte takes some 0.4 s of processor time.
constexpr std::uint64_t kWorthGiving = 8u << 20;
constexpr Duration kQuiet = std::chrono::milliseconds(250);

// Before lines that nobody took are offered once more.
constexpr Duration kLogRetry = std::chrono::milliseconds(50);

}  // namespace

struct App::Impl {
  Impl(ServeConfig wanted, Surroundings around)
      : config(std::move(wanted)),
        surroundings(std::move(around)),
        registry(built_in_providers()) {}

  ServeConfig config;
  Surroundings surroundings;
  Memory memory{config.max_memory};
  Registry registry;
  std::unique_ptr<ScenarioLibrary> library;
  std::unique_ptr<Reach> reach;  // before the server, which it outlives
  std::unique_ptr<http::Server> server;
  std::unique_ptr<Sandboxes> sandboxes;
  std::unique_ptr<Uploads> uploads;
  std::unique_ptr<http::Client> client;
  std::unique_ptr<webhook::Courier> courier;
  std::unique_ptr<webhook::Inbox> inbox;
  std::unique_ptr<judge::Judge> judge;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Control> control;
  std::unique_ptr<RequestLog> log;
  std::unique_ptr<Lifetime> lifetime;
  std::unique_ptr<state::Engine> store;   // none without `--state`
  std::unique_ptr<state::Keeper> keeper;  // behind all whose state it keeps
  std::unique_ptr<KeyFile> keys;          // none without `--auth FILE`
  std::unique_ptr<ScenarioFile> file;     // none where a built-in scenario was asked for
  std::vector<std::string> notices;       // told on stderr once it listens
  std::set<std::string> guessed;    // "provider model" outside the contracts; at most max_names
  std::shared_ptr<void> log_retry;  // set while lines wait for whoever reads stderr
  std::shared_ptr<void> giving;     // set while memory is about to be given back
  std::string drawn_seed;           // "" where somebody gave one
  bool token_drawn = false;
  std::set<std::string_view> told_protocols;  // the reasons, of static storage
  std::uint16_t port = 0;
  Instant told_turn{};  // by the wall
  std::uint64_t untold_turns = 0;

  // One or more lines on stderr, which never hold up the loop.
  void tell(const std::string& lines) {
    surroundings.err(printable(lines));
    retry_log();
  }

  std::function<void(const std::string&)> teller() {
    return [this](const std::string& lines) { tell(lines); };
  }

  void retry_log() {
    if (surroundings.log == nullptr || log_retry || surroundings.log->flush()) return;
    log_retry = server->after(kLogRetry, [this] {
      log_retry.reset();
      retry_log();
    });
  }

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
    return read_file_beneath(folder_of(config.scenario), path, config.max_picture_file);
  }

  // Only sandboxes without a scenario of their own notice.
  void watch_scenario() {
    if (!file) return;
    file->watch(*server, {[this](std::shared_ptr<const scenario::Scenario> changed) {
                            sandboxes->set_default(std::move(changed));
                          },
                          teller()});
  }

  std::string take_keys() {
    keys = std::make_unique<KeyFile>(config.auth, registry.vocabulary().providers);
    return keys->open(
        {[this](std::shared_ptr<const KeyBook> book) { pipeline->go_by(book); }, teller()},
        *server);
  }

  void announce() {
    if (config.announce) {
      const bool v6 = config.host.find(':') != std::string::npos && config.host.front() != '[';
      surroundings.out("listening on http://" + (v6 ? "[" + config.host + "]" : config.host) + ":" +
                       std::to_string(port) + "\n");
    }
    for (const std::string& notice : notices) tell(notice + "\n");
    if (!config.announce) return;
    if (config.log == "human") introduce();
    if (config.page != "off") tell("page " + page_address() + "\n");
    if (!drawn_seed.empty())
      tell("seed " + drawn_seed + " (repeat with --seed " + drawn_seed + ")\n");
    if (token_drawn) tell("control token " + config.control_token + "\n");
  }

  // "" where there is no page.
  std::string page_address() const {
    return config.page == "off" ? "" : local_url(config.host, port) + "/_emulator/";
  }

  // What there is and what to do next, for a person.
  void introduce() {
    const std::string url = local_url(config.host, port);
    const scenario::Scenario& story = *sandboxes->default_scenario();
    tell("scenario " + story.name + (story.about.empty() ? "" : ": " + story.about) + "\n");
    std::string paths;
    for (std::uint16_t p = 0; p < registry.size(); ++p) paths += " /" + registry.name(p);
    tell("providers below it, with any API key:" + paths + "\n");
    const bool here = config.host == "127.0.0.1";
    tell("for SDKs: eval \"$(provider-emulator env " +
         (here ? "--port " + std::to_string(port) : "--url " + url) + ")\"\n");
    tell("control API below " + url + "/_emulator; live: provider-emulator tail\n");
  }

  // Whoever waits for something that may never come must not hold up the end.
  void stop() {
    control->stop();
    server->stop();
  }

  JsonLimits json_limits() const {
    JsonLimits limits = kStrangersJson;
    limits.values = config.max_json_values;
    limits.members = config.max_json_members;
    return limits;
  }

  // Who can do without something when memory runs out, the least missed first.
  void name_the_spare() {
    const auto can_let_go = [this](const char* what, std::function<void(std::uint64_t)> let_go) {
      memory.can_let_go(what, std::move(let_go));
    };
    can_let_go("names", [this](std::uint64_t) { pipeline->let_names_go(); });
    can_let_go("journals", [this](std::uint64_t bytes) { sandboxes->let_journals_go(bytes); });
    can_let_go("findings", [this](std::uint64_t bytes) { judge->let_go(sandboxes->all(), bytes); });
    can_let_go("webhooks", [this](std::uint64_t bytes) { courier->let_records_go(bytes); });
    can_let_go("inboxes", [this](std::uint64_t bytes) { inbox->let_go(bytes); });
    can_let_go("uploads", [this](std::uint64_t bytes) { uploads->let_memory_go(bytes); });
    can_let_go("connections", [this](std::uint64_t bytes) { server->cut_stalled(bytes); });
    can_let_go("sandboxes", [this](std::uint64_t bytes) { sandboxes->let_idle_go(bytes); });
    can_let_go("tasks", [this](std::uint64_t bytes) { sandboxes->let_tasks_go(bytes); });
    memory.on_full([this](const std::string& line) { tell(line + "\n"); });
  }

  bool worth_giving() const { return memory.peak() - memory.total() >= kWorthGiving; }

  // Looks whether there is something to be given back to the system, now and after what is done in
  // this turn.
  void give_back_soon() {
    if (giving) return;
    giving = server->after(kQuiet, [this, requests = server->figures().requests] {
      giving.reset();
      if (!worth_giving()) return;
      if (server->figures().requests != requests) return give_back_soon();
      // What is remembered lies among what was let go, and each small piece keeps a page of it.
      pipeline->forget_what_can_be_found_again();
      os::give_memory_back();
      memory.forget_peak();
    });
  }

  // Nobody is kept from seeing what holds the memory, and from letting it go.
  std::optional<http::Reply> busy(const std::shared_ptr<const http::Request>& request) {
    constexpr std::size_t kSmall = 64u << 10;
    if (!Control::owns(request->path)) return pipeline->busy(request);
    const auto length = request->headers.get("content-length");
    const bool small =
        !request->headers.has("transfer-encoding") &&
        (!length || (length->size() < 6 && std::stoul(std::string(*length)) <= kSmall));
    if (small) return std::nullopt;
    return our_error(503, "memory", "there is no memory left for this (--max-memory)");
  }

  control::ProcessFigures process_figures() const {
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

  // The first at once; while there are more, one line in ten seconds says how many.
  void tell_long_turn(const http::LongTurn& turn) {
    constexpr Duration kBetween = std::chrono::seconds(10);
    const Instant now = surroundings.wall->now();
    ++untold_turns;
    if (now - told_turn < kBetween) return;
    told_turn = now;
    const auto ms = [](std::chrono::nanoseconds time) {
      return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    std::string line = "the loop was held for " + ms(turn.processor) + " ms of processor time";
    if (turn.requests > 0) line += " by " + valid_utf8(turn.request);
    if (turn.requests > 1) line += " and " + std::to_string(turn.requests - 1) + " more";
    if (turn.requests == 0) line += " by what was due";
    if (untold_turns > 1)
      line += " (" + std::to_string(untold_turns) + " such turns since the last line)";
    untold_turns = 0;
    tell(line + "\n");
  }

  // What is kept goes on with its seed, unless another is asked for, which is then that of
  // sandboxes to come.
  std::string open_store(std::uint64_t& seed) {
    if (config.state == "none") return "";
    std::vector<std::string> providers;
    for (std::uint16_t p = 0; p < registry.size(); ++p) providers.push_back(registry.name(p));
    auto opened = state::open_sqlite({config.state, std::move(providers), seed, ""});
    if (!opened) return opened.error();
    store = std::move(*opened);
    if (config.seed_given) return "";
    seed = store->seed();
    if (!drawn_seed.empty()) drawn_seed = std::to_string(seed);
    return "";
  }

  std::string make_keeper() {
    if (!store) return "";
    state::Limits limits;
    limits.batch_bytes = config.max_state_batch;
    limits.patience = std::chrono::milliseconds(config.state_wait);
    limits.retry = std::chrono::milliseconds(config.state_retry);
    try {
      keeper = std::make_unique<state::Keeper>(
          limits, state::Keeper::Parts{*store, *surroundings.wall, *server, teller()});
    } catch (const state::StateFault& fault) {
      return fault.what();
    }
    return "";
  }

  void serve_keeper() {
    if (!keeper) return;
    keeper->serve({*sandboxes, *library, *uploads, *courier, *inbox,
                   [this](const Task& task) { return pipeline->whole_input(task); },
                   [this](std::uint16_t provider, std::string_view made_from) {
                     return pipeline->voice_again(provider, made_from);
                   }});
  }

  std::string build() {
    if (!config.port_file.empty()) {
      if (std::string problem = why_not_replaceable(config.port_file); !problem.empty())
        return problem + " (--port-file)";
      // Whoever waits for the file shall not read the port of a run that is over.
      remove_stale(config.port_file);
    }
    if (std::string problem = lay_over(registry, config.contracts); !problem.empty())
      return problem;
    if (std::string problem = config.strict_models ? close_models(registry) : ""; !problem.empty())
      return problem;
    scenario::Vocabulary vocabulary = registry.vocabulary();
    vocabulary.limits = {config.max_scenario, config.max_scenario_patterns};
    library = std::make_unique<ScenarioLibrary>(std::move(vocabulary));
    auto first = first_scenario();
    if (!first) return first.error();

    std::uint64_t seed = config.seed;
    if (!config.seed_given) {
      seed = (*first)->seed.value_or(surroundings.drawn_seed);
      if (!(*first)->seed) drawn_seed = std::to_string(seed);
    }
    if (std::string problem = open_store(seed); !problem.empty()) return problem;
    if (!http::is_this_machine(config.host) && config.control_token.empty()) {
      config.control_token = surroundings.drawn_token;
      token_drawn = true;
    }

    reach = std::make_unique<Reach>(
        Reach::Parts{config, registry, *surroundings.wall,
                     [this](const std::string& line) { tell(line + "\n"); }});
    if (std::string problem = reach->open(); !problem.empty()) return problem;
    for (std::string& notice : reach->notices()) notices.push_back(std::move(notice));

    http::ServerOptions options;
    options.host = config.host;
    options.port = config.port;
    options.more_ports = config.more_ports;
    options.identities = &reach->identities();
    options.limits.tunnels = config.max_tunnels;
    options.limits.tunnel_idle_time = std::chrono::seconds(config.tunnel_idle);
    options.limits.head_time = std::chrono::seconds(config.head_time);
    options.limits.body_time = std::chrono::seconds(config.body_time);
    options.limits.idle_time = std::chrono::seconds(config.idle_time);
    options.unix_socket = config.unix_socket;
    options.limits.body_bytes = config.max_body;
    options.limits.header_bytes = config.max_header;
    options.limits.connections = config.max_connections;
    options.long_turn = std::chrono::milliseconds(config.long_turn);
    options.memory = &memory;
    http::Server::Hooks hooks;
    hooks.handle = [this](std::shared_ptr<const http::Request> request, http::Respond respond) {
      if (worth_giving()) give_back_soon();
      if (control->takes(*request))
        control->handle(request, std::move(respond));
      else
        pipeline->handle(std::move(request), std::move(respond));
    };
    hooks.protocol = [this](unsigned status, std::string_view why) {
      // A fault of ours; where it belongs to no request, this line is all there is of it.
      if (status == 500) tell("internal error: " + std::string(why) + "\n");
      // Nor does a client that speaks another protocol come to be journalled. Once for each kind.
      if (status == 501 && told_protocols.insert(why).second)
        tell("a client was turned away: " + std::string(why) + "\n");
      return our_error(status, status == 500 ? "internal" : "protocol", why);
    };
    hooks.proxy = [this](const http::Request& request) { return reach->route(request); };
    hooks.long_turn = [this](const http::LongTurn& turn) { tell_long_turn(turn); };
    hooks.busy = [this](const std::shared_ptr<const http::Request>& request) {
      return busy(request);
    };
    hooks.crowded = [this](const std::string& line) { tell(line + "\n"); };
    server = std::make_unique<http::Server>(std::move(options), std::move(hooks));

    if (std::string problem = make_keeper(); !problem.empty()) return problem;
    Sandboxes::Options boxes;
    boxes.scribe = keeper.get();
    boxes.limits.sandboxes = config.max_sandboxes;
    boxes.limits.tasks = config.max_tasks;
    boxes.limits.journal_entries = config.max_journal;
    boxes.limits.journal_bytes = config.max_journal_bytes;
    boxes.limits.journals_bytes = config.max_journals_bytes;
    boxes.limits.notes = config.max_notes;
    boxes.limits.fired = config.max_fired;
    boxes.seed = seed;
    boxes.memory = &memory;
    boxes.emptied = [this](const std::string& name) {
      if (uploads) uploads->drop_sandbox(name);
      if (courier) courier->forget(name);
      if (server) give_back_soon();
    };
    ask_courier(boxes, courier);
    boxes.closing = [this](Sandbox& box) {
      if (judge) judge->closing(box);
    };
    boxes.clock.skips = config.clock == "skip";
    if (config.clock.starts_with("manual")) {
      boxes.clock.manual = true;
      const std::string at =
          config.clock == "manual" ? "2026-01-01T00:00:00Z" : config.clock.substr(7);
      boxes.clock.at = *parse_instant(at);
    }
    sandboxes = std::make_unique<Sandboxes>(boxes, *surroundings.wall, *library, *server);
    sandboxes->set_default(*first);
    watch_scenario();

    log = std::make_unique<RequestLog>(config.log,
                                       RequestLog::Parts{*surroundings.wall, surroundings.look,
                                                         [this](const std::string& lines) {
                                                           surroundings.err(lines);
                                                           retry_log();
                                                         },
                                                         *server, [this] { return page_address(); },
                                                         [this](const http::Request& request) {
                                                           return named_target(registry, request);
                                                         }});
    SpillFolder::remove_leftovers();
    uploads = std::make_unique<Uploads>(
        Uploads::Limits{config.max_upload_memory, config.max_uploads, config.max_upload_files},
        &memory);
    if (!config.webhook_ca.empty()) {
      // A pipe would be waited for.
      std::string problem = why_unreadable(config.webhook_ca, kMaxTextFile);
      if (problem.empty()) problem = http::ca_file_problem(config.webhook_ca);
      if (!problem.empty()) return problem + " (--webhook-ca)";
    }
    client = server->client(client_options(config));
    courier = make_courier(config, *sandboxes, *client, *server);
    inbox = std::make_unique<webhook::Inbox>(
        webhook::Inbox::Limits{config.max_inbox, config.max_inbox_bytes}, &memory);
    judge = std::make_unique<judge::Judge>(
        judge::Limits{config.max_findings, config.max_watched},
        judge::Judge::Parts{[this](std::uint16_t provider) -> const contract::Contract& {
                              return registry.contract(provider);
                            },
                            &memory});
    Pipeline::Options pipes;
    pipes.max_names = config.max_names;
    pipes.json = json_limits();
    pipes.known_pictures = config.max_known_pictures;
    pipes.picture_pixels = config.max_picture_pixels;
    pipes.public_url = config.public_url;
    const Visitors visitors(
        {config.host, config.public_url, config.allow_hosts, config.allow_origins});
    pipes.visitors = visitors;
    pipes.auth = config.auth == "any"      ? Keys::Policy::kAny
                 : config.auth == "format" ? Keys::Policy::kFormat
                                           : Keys::Policy::kBook;
    pipes.welcome_key = config.welcome_key;
    pipes.prompt_directives = !config.no_prompt_directives;
    pipes.captions = config.captions == "on";
    pipeline = std::make_unique<Pipeline>(
        pipes,
        Pipeline::Parts{registry, *sandboxes, *library, *uploads,
                        [this](const std::string& path) { return picture_file(path); }, *server,
                        [this](const Sandbox& box, const Exchange& exchange) {
                          log->told(box, exchange);
                          control->told(exchange);
                        },
                        courier.get(),
                        [this](const std::string& provider, const Submission& made) {
                          log->warned(made.remark);
                          if (guessed.size() < config.max_names)
                            guessed.insert(provider + " " + made.endpoint);
                        },
                        [this](const std::string& line) { surroundings.err(line + "\n"); },
                        config.max_watched > 0 ? judge.get() : nullptr,
                        [this](const http::Request& request, const http::Reply& reply) {
                          log->turned_away(request, reply);
                        },
                        keeper.get()});
    if (pipes.auth == Keys::Policy::kBook)
      if (std::string problem = take_keys(); !problem.empty()) return problem;
    control = std::make_unique<Control>(
        Control::Options{
            version(),
            {config.control_token, config.host, config.public_url, visitors,
             page_key(surroundings.drawn_token)},
            {json_limits(), config.max_waits, config.max_event_streams, config.max_event_backlog},
            surroundings.wall->now(),
            {*control::page_mode(config.page), page_key(surroundings.drawn_token), version()}},
        Control::Parts{
            registry, *sandboxes, *library, *pipeline, *courier, *inbox, &memory, *server,
            [this] { return process_figures(); }, [this] { return reach->ca_pem(); },
            [this](const std::string& path) { return picture_file(path); }, true, judge.get(),
            keeper.get(),
            [this](const Sandbox& box, Instant before) { log->clock_changed(box, before); },
            [this](const http::Request& request, const http::Reply& reply) {
              log->turned_away(request, reply);
            }});
    name_the_spare();
    serve_keeper();
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
  auto lifetime = Lifetime::watch(app.config, *app.server, [&app](const std::string& why) {
    app.surroundings.err("ending: " + why + "\n");
    app.stop();
  });
  if (!lifetime) return Failure{lifetime.error()};
  app.lifetime = std::move(*lifetime);
  if (!app.config.port_file.empty()) {
    const std::string problem =
        write_file_atomically(app.config.port_file, std::to_string(*port) + "\n");
    if (!problem.empty()) return Failure{problem + " (--port-file)"};
  }
  app.port = *port;
  app.reach->listens_at(app.server->ports());
  app.announce();
  if (app.keeper) app.keeper->start();
  return *port;
}

std::vector<std::uint16_t> App::ports() const { return impl_->server->ports(); }

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

std::vector<std::string> App::passed_hosts() const {
  return {impl_->reach->passed().begin(), impl_->reach->passed().end()};
}

std::vector<std::string> App::real_hosts() const { return emulator::real_hosts(impl_->registry); }
const Registry& App::registry() const { return impl_->registry; }

Result<std::string, std::string> App::ca_pem() { return impl_->reach->ca_pem(); }

std::vector<std::string> App::guessed_models() const {
  return {impl_->guessed.begin(), impl_->guessed.end()};
}

judge::Judge::Report App::findings() const { return impl_->judge->of_all(impl_->sandboxes->all()); }

judge::Coverage App::coverage() const {
  return impl_->judge->coverage_of_all(impl_->sandboxes->all());
}

std::vector<std::pair<std::string, judge::Met>> App::met() const {
  std::vector<std::pair<std::string, judge::Met>> out;
  for (judge::Met& one : impl_->judge->met_in_all(impl_->sandboxes->all()))
    out.emplace_back(impl_->registry.name(static_cast<std::uint16_t>(out.size())), one);
  return out;
}

http::TurnWatch::Figures App::turns() const { return impl_->server->figures().turns; }

int App::run(Signals signals) {
  if (signals == Signals::kStop) impl_->server->on_signal([this](int) { impl_->stop(); });
  impl_->server->run();
  impl_->log->flush();
  if (impl_->keeper)
    for (const std::string& line : impl_->keeper->finish()) impl_->tell(line + "\n");
  for (const std::string& line : undelivered(*impl_->courier)) impl_->tell(line + "\n");
  return 0;
}

void App::stop() {
  impl_->server->post([this] { impl_->stop(); });
}

}  // namespace emulator
