// An emulator from outside: how it begins, how it ends, and what can be asked of it in between. How
// it is put together stands in app/assembly.
#include "emulator/app.h"

#include <map>
#include <utility>

#include "emulator/app/announce.h"
#include "emulator/app/assembly.h"
#include "emulator/app/lifetime.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/app/webhooks.h"
#include "emulator/base/json_text.h"
#include "emulator/files.h"
#include "emulator/pipeline/expect.h"

namespace emulator {

struct App::Impl : Assembly {
  using Assembly::Assembly;

  // Whoever waits for something that may never come must not hold up the end.
  void stop() {
    control->stop();
    server->stop();
  }

  std::unique_ptr<Lifetime> lifetime;
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

Result<std::uint16_t, std::string> App::start(Signals signals) {
  Impl& app = *impl_;
  if (signals == Signals::kStop) app.server->on_signal([&app](int) { app.stop(); });
  auto port = app.server->listen();
  if (!port) return Failure{port.error()};
  auto lifetime = Lifetime::watch(app.config.lifetime, *app.server, [&app](const std::string& why) {
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
  if (std::string problem = app.join_fleet(); !problem.empty()) return Failure{std::move(problem)};
  app.reach->listens_at(app.server->ports());
  announce(app);
  if (app.keeper) app.keeper->start();
  return *port;
}

std::vector<std::uint16_t> App::ports() const { return impl_->server->ports(); }

std::string App::url() const { return local_url(impl_->config.server.host, impl_->port); }

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

int App::run() {
  impl_->server->run();
  impl_->log->flush();
  if (impl_->keeper)
    for (const std::string& line : impl_->keeper->finish()) impl_->teller.tell(line + "\n");
  if (impl_->fleet) impl_->fleet->leave();
  for (const std::string& line : undelivered(*impl_->courier)) impl_->teller.tell(line + "\n");
  return 0;
}

void App::stop() {
  impl_->server->post([this] { impl_->stop(); });
}

}  // namespace emulator
