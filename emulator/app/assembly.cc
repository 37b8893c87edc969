// The order in which an emulator is put together, and what its start reads: files, the scenario,
// what was kept.
#include "emulator/app/assembly.h"

#include <utility>

#include "emulator/app/contracts.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/files.h"
#include "emulator/http/authority.h"
#include "emulator/sandbox/spill_folder.h"

namespace emulator {

Assembly::Assembly(ServeConfig wanted, Surroundings around)
    : config(std::move(wanted)), surroundings(std::move(around)), registry(built_in_providers()) {}

std::string Assembly::build() {
  if (std::string problem = clear_port_file(); !problem.empty()) return problem;
  if (std::string problem = read_contracts(); !problem.empty()) return problem;
  if (std::string problem = read_scenario(); !problem.empty()) return problem;
  if (std::string problem = open_store(); !problem.empty()) return problem;
  choose_token();
  if (std::string problem = open_reach(); !problem.empty()) return problem;
  make_server();
  if (std::string problem = make_keeper(); !problem.empty()) return problem;
  make_sandboxes();
  make_log();
  SpillFolder::remove_leftovers();
  uploads = std::make_unique<Uploads>(config.uploads, &memory);
  if (std::string problem = make_webhooks(); !problem.empty()) return problem;
  make_judge();
  make_fleet();
  make_pipeline();
  if (std::string problem = take_keys(); !problem.empty()) return problem;
  make_control();
  name_the_spare();
  serve_keeper();
  return "";
}

// Whoever waits for the file shall not read the port of a run that is over.
std::string Assembly::clear_port_file() const {
  if (config.port_file.empty()) return "";
  if (std::string problem = why_not_replaceable(config.port_file); !problem.empty())
    return problem + " (--port-file)";
  remove_stale(config.port_file);
  return "";
}

std::string Assembly::read_contracts() {
  if (std::string problem = lay_over(registry, config.contracts); !problem.empty()) return problem;
  return config.strict_models ? close_models(registry) : "";
}

// The scenario named on the command line, built in or a file; and the seed, which may be its.
std::string Assembly::read_scenario() {
  scenario::Vocabulary vocabulary = registry.vocabulary();
  vocabulary.limits = config.scenario_limits;
  library = std::make_unique<ScenarioLibrary>(std::move(vocabulary));
  if (!names_a_file(config.scenario)) {
    auto found = library->find(config.scenario);
    if (!found) return found.error();
    first_ = std::move(*found);
  } else {
    std::string seen = file_stamp(config.scenario);
    auto read =
        emulator::read_scenario(config.scenario, library->vocabulary(), config.max_picture_file);
    if (!read) return read.error();
    for (const std::string& warning : read->warnings) notices.push_back(warning);
    file = std::make_unique<ScenarioFile>(config.scenario, std::move(seen), std::move(*read),
                                          library->vocabulary(), config.max_picture_file);
    first_ = file->scenario();
  }
  const std::optional<std::uint64_t> given = config.seed ? config.seed : first_->seed;
  seed = given.value_or(surroundings.drawn_seed);
  if (!given) drawn_seed = std::to_string(seed);
  return "";
}

// A picture of the user's, below the scenario file's folder. On any thread.
Result<std::string, std::string> Assembly::picture_file(const std::string& path) const {
  if (!names_a_file(config.scenario))
    return Failure{
        "cannot read " + path +
        ": there is no folder to look in; serve with --scenario FILE, and put it beside"};
  return read_file_beneath(folder_of(config.scenario), path, config.max_picture_file);
}

// What is kept goes on with its seed, unless another is asked for, which is then that of sandboxes
// to come.
std::string Assembly::open_store() {
  std::vector<std::string> providers;
  for (std::uint16_t p = 0; p < registry.size(); ++p) providers.push_back(registry.name(p));
  auto opened = emulator::open_store(config, std::move(providers), seed, surroundings.drawn_token);
  if (!opened) return opened.error();
  store = std::move(*opened);
  if (!store.engine || config.seed) return "";
  seed = store.engine->seed();
  if (!drawn_seed.empty()) drawn_seed = std::to_string(seed);
  return "";
}

// Whoever can be reached from beyond this machine asks for one.
void Assembly::choose_token() {
  if (http::is_this_machine(config.server.host) || !config.control_token.empty()) return;
  config.control_token = surroundings.drawn_token;
  token_drawn = true;
}

std::string Assembly::open_reach() {
  reach = std::make_unique<Reach>(
      Reach::Parts{config, registry, *surroundings.wall,
                   [this](const std::string& line) { teller.tell(line + "\n"); }});
  if (std::string problem = reach->open(); !problem.empty()) return problem;
  for (std::string& notice : reach->notices()) notices.push_back(std::move(notice));
  return "";
}

std::string Assembly::take_keys() {
  if (config.pipeline.auth != Keys::Policy::kBook) return "";
  keys = std::make_unique<KeyFile>(config.key_file, registry.vocabulary().providers);
  return keys->open(
      {[this](std::shared_ptr<const KeyBook> book) { pipeline->go_by(std::move(book)); },
       teller.teller()},
      *server);
}

std::string Assembly::page_address() const {
  if (config.page == control::Page::Mode::kOff) return "";
  return local_url(config.server.host, port) + "/_emulator/";
}

}  // namespace emulator
