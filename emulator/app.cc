#include "emulator/app.h"

#include <algorithm>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/control/control.h"
#include "emulator/files.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator {
namespace {

constexpr std::size_t kMaxScenarioFile = 4u << 20;
constexpr std::size_t kMaxPictureFile = 256u << 20;
constexpr std::size_t kLogBuffer = 32u << 10;

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

// Lays the users' contract files over the built-in ones. "" or every problem, a line each.
std::string lay_over(Registry& registry, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    auto text = read_file(file, kMaxScenarioFile);
    if (!text) return text.error();
    if (const auto laid = registry.lay_over({file, std::move(*text)}); !laid)
      return joined(laid.error());
  }
  return "";
}

// Makes providers that take any model id know only those of their contract.
std::string close_models(Registry& registry) {
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    if (!registry.contract(p).value("any_endpoint").is_boolean()) continue;
    const std::string text =
        "provider: " + registry.name(p) + "\nvalues: { any_endpoint: false }\n";
    if (const auto laid = registry.lay_over({"--strict-models", text}); !laid)
      return joined(laid.error());
  }
  return "";
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

// One line for each request, gathered and written at the end of the loop's turn.
class RequestLog {
 public:
  RequestLog(std::string format, std::function<void(const std::string&)> write,
             std::function<void(std::function<void()>)> later)
      : format_(std::move(format)), write_(std::move(write)), later_(std::move(later)) {}
  ~RequestLog() { flush(); }

  void told(const Sandbox& box, const Exchange& exchange) {
    if (format_ == "off") return;
    buffer_ += format_ == "json" ? json_line(box, exchange) : human_line(box, exchange);
    if (buffer_.size() > kLogBuffer) return flush();
    if (waiting_) return;
    waiting_ = true;
    later_([this] {
      waiting_ = false;
      flush();
    });
  }

  void flush() {
    if (buffer_.empty()) return;
    write_(buffer_);
    buffer_.clear();
  }

 private:
  static std::string outcome(const Exchange& exchange) {
    if (!exchange.wire.empty()) return "wire " + exchange.wire;
    if (!exchange.refusal.empty()) return exchange.refusal;
    return exchange.task_after;
  }
  static std::string human_line(const Sandbox& box, const Exchange& exchange) {
    std::string out =
        rfc3339(exchange.answered, 3) + " " + box.name() + " " + exchange.request->method + " " +
        valid_utf8(std::string_view(exchange.request->target).substr(0, 200)) + " " +
        std::to_string(exchange.status) + " " + std::to_string(exchange.reply_bytes) + "B";
    if (const std::string what = outcome(exchange); !what.empty()) out += " " + what;
    if (exchange.scenario && !exchange.rules.empty()) {
      const scenario::Rule& rule = exchange.scenario->rules[exchange.rules.front()];
      out += " (" + exchange.scenario->file + ":" + std::to_string(rule.at.line) + ")";
    }
    return out + "\n";
  }
  static std::string json_line(const Sandbox& box, const Exchange& exchange) {
    return compact_json({{"at", rfc3339(exchange.answered, 3)},
                         {"sandbox", box.name()},
                         {"request", exchange.number},
                         {"provider", exchange.provider},
                         {"method", exchange.request->method},
                         {"target", valid_utf8(exchange.request->target.substr(0, 2'000))},
                         {"status", exchange.status},
                         {"bytes", exchange.reply_bytes},
                         {"task", exchange.task},
                         {"outcome", outcome(exchange)}}) +
           "\n";
  }

  std::string format_;
  std::function<void(const std::string&)> write_;
  std::function<void(std::function<void()>)> later_;
  std::string buffer_;
  bool waiting_ = false;
};

}  // namespace

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
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Control> control;
  std::unique_ptr<RequestLog> log;
  std::vector<std::string> notices;  // told on stderr once it listens

  // The scenario named on the command line: built in, or a file.
  Result<std::shared_ptr<const scenario::Scenario>, std::string> first_scenario() {
    const std::string& wanted = config.scenario;
    const bool looks_like_file = wanted.find('/') != std::string::npos ||
                                 wanted.ends_with(".yaml") || wanted.ends_with(".yml") ||
                                 wanted.ends_with(".json");
    if (!looks_like_file) return library->find(wanted);
    auto text = read_file(wanted, kMaxScenarioFile);
    if (!text) return Failure{text.error()};
    auto loaded = scenario::load(wanted, std::move(*text), library->vocabulary());
    if (!loaded) {
      std::vector<std::string> lines;
      for (const yaml::Problem& problem : loaded.error())
        lines.push_back(yaml::worded(wanted, problem));
      return Failure{joined(lines)};
    }
    for (const yaml::Problem& warning : loaded->warnings)
      notices.push_back("warning: " + yaml::worded(wanted, warning));
    return loaded->scenario;
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
      if (!(*first)->seed)
        notices.push_back("seed " + std::to_string(seed) + " (repeat with --seed " +
                          std::to_string(seed) + ")");
    }
    if (!is_loopback(config.host) && config.control_token.empty()) {
      Draw draw(mixed(surroundings.drawn_seed) ^ hash_of("control token"));
      config.control_token = hex_id(draw, 32);
      notices.push_back("control token " + config.control_token);
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
    boxes.seed = seed;
    boxes.emptied = [this](const std::string& name) {
      if (uploads) uploads->drop_sandbox(name);
    };
    if (config.clock != "wall") {
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

    log = std::make_unique<RequestLog>(
        config.log, surroundings.err,
        [this](std::function<void()> work) { server->post(std::move(work)); });
    uploads = std::make_unique<Uploads>(
        Uploads::Limits{config.max_upload_memory, config.max_uploads, config.max_upload_files});
    Pipeline::Options pipes;
    pipes.public_url = config.public_url;
    pipes.strict_keys = config.auth == "format";
    pipes.prompt_directives = !config.no_prompt_directives;
    pipeline = std::make_unique<Pipeline>(
        pipes,
        Pipeline::Parts{
            registry, *sandboxes, *library, *uploads,
            [](const std::string& path) { return read_file(path, kMaxPictureFile); },
            [this](std::function<void()> work, std::function<void()> done) {
              server->offload(std::move(work), std::move(done));
            },
            [this](const Sandbox& box, const Exchange& exchange) { log->told(box, exchange); }});
    control =
        std::make_unique<Control>(Control::Options{version(), config.control_token, config.host,
                                                   config.public_url, surroundings.wall->now()},
                                  Control::Parts{registry, *sandboxes, *library, *pipeline});
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
  const bool v6 = app.config.host.find(':') != std::string::npos && app.config.host.front() != '[';
  app.surroundings.out("listening on http://" +
                       (v6 ? "[" + app.config.host + "]" : app.config.host) + ":" +
                       std::to_string(*port) + "\n");
  for (const std::string& notice : app.notices) app.surroundings.err(notice + "\n");
  return *port;
}

int App::run() {
  impl_->server->on_signal([this](int) { impl_->server->stop(); });
  impl_->server->run();
  impl_->log->flush();
  return 0;
}

void App::stop() {
  impl_->server->post([this] { impl_->server->stop(); });
}

int check_command(const Config& config, const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    surroundings.err(problem + "\n");
    return 2;
  }
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  const bool json = config.format == "json";
  Json report = Json::array();
  bool bad = false;
  const auto add = [&](const std::string& file, const char* level, const yaml::Problem& problem) {
    if (json)
      report.push_back({{"file", file},
                        {"line", problem.at.line},
                        {"column", problem.at.column},
                        {"level", level},
                        {"message", problem.text}});
    else
      surroundings.out((std::string(level) == "warning" ? "warning: " : "") +
                       yaml::worded(file, problem) + "\n");
  };
  for (const std::string& file : config.files) {
    auto text = read_file(file, kMaxScenarioFile);
    if (!text) {
      add(file, "error", {{}, text.error()});
      bad = true;
      continue;
    }
    const auto loaded = scenario::load(file, std::move(*text), vocabulary);
    if (!loaded) {
      bad = true;
      for (const yaml::Problem& problem : loaded.error()) add(file, "error", problem);
      continue;
    }
    for (const yaml::Problem& warning : loaded->warnings) add(file, "warning", warning);
    if (!json) surroundings.out(file + ": good\n");
  }
  if (json) surroundings.out(compact_json({{"ok", !bad}, {"problems", report}}) + "\n");
  return bad ? 2 : 0;
}

namespace {

// Every path and endpoint that is emulated, as a page of Markdown.
std::string coverage_page(Registry& registry) {
  std::string out =
      "# Coverage\n\nMade from the contracts by `provider-emulator list coverage`. What a provider "
      "has beyond this is\nanswered 501 as not emulated, or as the provider answers an unknown "
      "path; "
      "see its README.\n";
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const contract::Contract& facts = registry.contract(p);
    out += "\n## " + registry.name(p) + "\n\n| request | path | kind |\n| --- | --- | --- |\n";
    for (const contract::Route& route : facts.routes)
      out += "| " + route.method + " | `" + route.path + "`" +
             (route.door.empty() ? "" : " (" + route.door + ")") + " | " +
             std::string(word(route.on)) + " |\n";
    out += "\n| model or endpoint | fields |\n| --- | --- |\n";
    for (const contract::Endpoint& endpoint : facts.endpoints) {
      std::string fields;
      for (const contract::Field& field : endpoint.fields)
        fields += (fields.empty() ? "" : ", ") + field.name;
      out += "| `" + endpoint.id + "` | " + fields + " |\n";
    }
  }
  return out;
}

Json words_of(const scenario::ProviderWords& words, const std::string& what) {
  Json out = Json::array();
  for (const std::string& word : what == "endpoints"  ? words.endpoints
                                 : what == "refusals" ? words.refusals
                                                      : words.ends)
    out.push_back(word);
  return out;
}

}  // namespace

int list_command(const Config& config, const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    surroundings.err(problem + "\n");
    return 2;
  }
  if (config.what == "coverage") {
    surroundings.out(coverage_page(registry));
    return 0;
  }
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  const bool json = config.format == "json";
  Json out;
  if (config.what == "providers") {
    out = Json::array();
    for (const std::string& name : vocabulary.providers) out.push_back(name);
  } else if (config.what == "scenarios") {
    ScenarioLibrary library(vocabulary);
    out = Json::object();
    for (const std::string& name : library.names()) {
      const auto found = library.find(name);
      out[name] = found ? (*found)->about : found.error();
    }
  } else {
    out = Json::object();
    for (const std::string& name : vocabulary.providers)
      out[name] = words_of(*vocabulary.words(name), config.what);
  }
  if (json) {
    surroundings.out(compact_json(out) + "\n");
    return 0;
  }
  std::string text;
  if (out.is_array()) {
    for (const Json& item : out) text += item.get<std::string>() + "\n";
  } else {
    for (const auto& [name, value] : out.items()) {
      if (value.is_string()) {
        text += name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') +
                value.get<std::string>() + "\n";
        continue;
      }
      for (const Json& item : value) text += name + " " + item.get<std::string>() + "\n";
    }
  }
  surroundings.out(text);
  return 0;
}

}  // namespace emulator
