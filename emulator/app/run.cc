// `run`: an emulator for the length of one command, with the environment that leads SDKs to it, and
// a verdict on what the scenario expected.
#include <unistd.h>

#include <chrono>
#include <thread>

#include "emulator/app/command.h"
#include "emulator/app/commands.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/app/verdict.h"
#include "emulator/files.h"

namespace emulator {
namespace {

constexpr int kUnmet = 3;
constexpr int kUnusable = 2;

// The value of a variable of ours; "" when it is not set.
std::string inherited(const std::string& name) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == '=')
      return std::string(line.substr(name.size() + 1));
  }
  return "";
}

// Clients that were told of a proxy must not ask it for an address of this machine.
void spare_the_proxy(std::vector<std::pair<std::string, std::string>>& variables) {
  bool proxied = false;
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    if (!inherited(name).empty()) proxied = true;
  if (!proxied) return;
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    std::string value = inherited(name);
    if (!value.empty()) value += ',';
    value += "127.0.0.1,localhost,::1";
    variables.emplace_back(name, value);
  }
}

std::vector<std::pair<std::string, std::string>> variables_for(const App& app,
                                                               const Config& config) {
  std::vector<std::pair<std::string, std::string>> out;
  for (Variable& one : sdk_environment({app.url(), config.key, app.control_token()}))
    out.emplace_back(std::move(one.name), std::move(one.value));
  spare_the_proxy(out);
  return out;
}

std::string typed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// One line about models that were answered by a guess; "" when there were none.
std::string guessed_line(const std::vector<std::string>& models) {
  constexpr std::size_t kNamed = 10;
  if (models.empty()) return "";
  std::string out = "models outside the contracts, answered by a generic schema: ";
  for (std::size_t i = 0; i < models.size() && i < kNamed; ++i)
    out += (i == 0 ? "" : ", ") + models[i];
  if (models.size() > kNamed) out += " and " + std::to_string(models.size() - kNamed) + " more";
  return out + " (--contract FILE describes them, --strict-models refuses them)\n";
}

}  // namespace

int run_command(const Config& config, Surroundings surroundings) {
  const auto err = surroundings.err;
  const auto say = [&err](const std::string& text) { err("provider-emulator: " + text + "\n"); };
  surroundings.out = [](const std::string&) {};  // stdout is the command's
  Command command;

  // Said now, not when the command has run for nothing.
  if (!config.report.empty())
    if (const std::string problem = why_not_replaceable(config.report); !problem.empty()) {
      say(problem + " (--report)");
      return kUnusable;
    }
  auto app = App::make(config.serve, std::move(surroundings));
  if (!app) {
    say(app.error());
    return kUnusable;
  }
  if (const auto port = (*app)->start(); !port) {
    say(port.error());
    return kUnusable;
  }
  const auto began = std::chrono::steady_clock::now();
  // Started before the emulator has a thread of its own: what connects early waits a moment.
  if (!command.start(config.command_line, variables_for(**app, config))) {
    const Ended ended = command.wait();
    say(ended.problem);
    return ended.code;
  }
  std::thread serving([&app] { (*app)->run(App::Signals::kLeftAlone); });
  const Ended ended = command.wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  (*app)->stop();
  serving.join();

  const std::vector<Judged> expected = (*app)->expectations();
  if (const std::string table = verdict_table(expected); !table.empty()) err(table);
  err(guessed_line((*app)->guessed_models()));
  bool met = true;
  for (const Judged& one : expected) met = met && one.met();
  int code = ended.code != 0 ? ended.code : met ? 0 : kUnmet;
  if (!config.report.empty()) {
    const std::string problem = write_file_atomically(
        config.report,
        verdict_xml(expected, {typed(config.command_line), ended.code, took.count()}));
    if (!problem.empty()) say(problem + " (--report)");
    if (!problem.empty() && code == 0) code = kUnusable;
  }
  if (code != 0 && !(*app)->drawn_seed().empty())
    say("seed " + (*app)->drawn_seed() + " (repeat with --seed " + (*app)->drawn_seed() + ")");
  return code;
}

}  // namespace emulator
