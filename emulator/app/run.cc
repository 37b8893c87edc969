// `run`: an emulator for the length of one command, with the environment that leads SDKs to it, and
// a verdict on what the scenario expected.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

#include "emulator/app/client_report.h"
#include "emulator/app/command.h"
#include "emulator/app/commands.h"
#include "emulator/app/interception.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/app/trial_report.h"
#include "emulator/app/verdict.h"
#include "emulator/files.h"

namespace emulator {
namespace {

constexpr int kUnmet = 3;
constexpr int kFound = 4;
constexpr int kUncovered = 5;
constexpr int kUnusable = 2;

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
  const ServerAccess access{app.url(), config.key, app.control_token()};
  for (Variable& one : sdk_environment(access, app.registry(), config.intercept))
    out.emplace_back(std::move(one.name), std::move(one.value));
  if (!config.intercept) spare_the_proxy(out);
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

// Hosts that the command reached beyond this machine; "" when there were none.
std::string passed_line(const std::vector<std::string>& hosts) {
  constexpr std::size_t kNamed = 20;
  if (hosts.empty()) return "";
  std::string out = "passed on, for they are no providers': ";
  for (std::size_t i = 0; i < hosts.size() && i < kNamed; ++i)
    out += (i == 0 ? "" : ", ") + hosts[i];
  if (hosts.size() > kNamed) out += " and " + std::to_string(hosts.size() - kNamed) + " more";
  return out + " (--proxy-others refuse keeps the command from them)\n";
}

std::string uncovered_line(const judge::Coverage& coverage, double wanted) {
  char text[96];
  std::snprintf(text, sizeof text, "%.1f%% of the outcomes were met; --min-coverage wants %g%%",
                coverage.percent(), wanted);
  return text;
}

using Say = std::function<void(const std::string&)>;

// "" when every file that was asked for can be written, else one line. Said before the command has
// run for nothing.
std::string why_no_reports(const Config& config) {
  const std::pair<const std::string*, const char*> files[] = {
      {&config.report, "--report"}, {&config.sarif, "--sarif"}, {&config.coverage, "--coverage"}};
  for (const auto& [file, flag] : files)
    if (const std::string problem = file->empty() ? "" : why_not_replaceable(*file);
        !problem.empty())
      return problem + " (" + flag + ")";
  return "";
}

// What is said of a command that has ended, in every form that was asked for.
class Conclusion {
 public:
  Conclusion(const Config& config, const App& app, const Ended& ended, double seconds)
      : config_(config),
        ended_(ended),
        seconds_(seconds),
        expected_(app.expectations()),
        findings_(app.findings()),
        coverage_(app.coverage()),
        met_(app.met()),
        fail_on_(severity_of(config.fail_on)) {}

  int code() const {
    if (ended_.code != 0) return ended_.code;
    for (const Judged& one : expected_)
      if (!one.met()) return kUnmet;
    if (fail_on_ && any_as_severe(findings_, *fail_on_)) return kFound;
    return covers() ? 0 : kUncovered;
  }

  void tell(const Say& err, const Say& say) const {
    err(verdict_table(expected_));
    err(findings_lines(findings_));
    if (!config_.coverage.empty() || config_.min_coverage > 0) err(judge::coverage_text(coverage_));
    if (!covers()) say(uncovered_line(coverage_, config_.min_coverage));
  }

  // False when one could not be written.
  bool write(const Say& say) const {
    const std::string line = typed(config_.command_line);
    bool good = true;
    const auto put = [&](const std::string& file, const char* flag, const std::string& text) {
      if (file.empty()) return;
      const std::string problem = write_file_atomically(file, text);
      if (problem.empty()) return;
      say(problem + " (" + flag + ")");
      good = false;
    };
    put(config_.report, "--report",
        verdict_xml(expected_, {line, ended_.code, seconds_}, findings_cases(findings_, fail_on_)));
    put(config_.sarif, "--sarif",
        findings_sarif(findings_, {version(), line, ended_.code}).dump(1) + "\n");
    put(config_.coverage, "--coverage", judge::coverage_json(coverage_).dump(1) + "\n");
    put(config_.trial_report, "--trial-report",
        trial_json({ended_.code, "", seconds_}, findings_, met_).dump() + "\n");
    return good;
  }

 private:
  bool covers() const { return coverage_.percent() >= config_.min_coverage; }

  const Config& config_;
  const Ended ended_;
  const double seconds_;
  const std::vector<Judged> expected_;
  const judge::Judge::Report findings_;
  const judge::Coverage coverage_;
  const std::vector<std::pair<std::string, judge::Met>> met_;
  const std::optional<judge::Severity> fail_on_;
};

}  // namespace

int run_command(const Config& config, Surroundings surroundings) {
  const Say say = [tell = surroundings.err](const std::string& text) {
    tell("provider-emulator: " + text + "\n");
  };
  // A hunt has its trials tell in a file, and shows the end of what the command wrote.
  const Say err = config.trial_report.empty() ? surroundings.err : [](const std::string&) {};
  surroundings.out = [](const std::string&) {};  // stdout is the command's
  Command command;

  if (const std::string problem = why_no_reports(config); !problem.empty()) {
    say(problem);
    return kUnusable;
  }
  ServeConfig serve = config.serve;
  if (config.intercept) note_proxy_before(serve.reach);
  auto app = App::make(std::move(serve), std::move(surroundings));
  if (!app) {
    say(app.error());
    return kUnusable;
  }
  if (const auto port = (*app)->start(App::Signals::kLeftAlone); !port) {
    say(port.error());
    return kUnusable;
  }
  const auto began = std::chrono::steady_clock::now();
  // Started before the emulator has a thread of its own: what connects early waits a moment.
  auto variables = variables_for(**app, config);
  Result<std::unique_ptr<TemporaryFolder>, std::string> folder = std::unique_ptr<TemporaryFolder>();
  if (config.intercept)
    folder = intercept((*app)->url(), (*app)->ca_pem(), (*app)->real_hosts(), variables);
  if (!folder) {
    say(folder.error() + " (--intercept off goes without)");
    return kUnusable;
  }
  if (!command.start(config.command_line, variables)) {
    const Ended ended = command.wait();
    say(ended.problem);
    if (!config.trial_report.empty())
      write_file_atomically(config.trial_report,
                            trial_json({ended.code, ended.problem, 0}, {}, {}).dump() + "\n");
    return ended.code;
  }
  std::thread serving([&app] { (*app)->run(); });
  const Ended ended = command.wait();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  (*app)->stop();
  serving.join();

  const Conclusion conclusion(config, **app, ended, took.count());
  err(guessed_line((*app)->guessed_models()));
  err(passed_line((*app)->passed_hosts()));
  conclusion.tell(err, say);
  int code = conclusion.code();
  if (!conclusion.write(say) && code == 0) code = kUnusable;
  if (code != 0 && !(*app)->drawn_seed().empty())
    say("seed " + (*app)->drawn_seed() + " (repeat with --seed " + (*app)->drawn_seed() + ")");
  return code;
}

}  // namespace emulator
