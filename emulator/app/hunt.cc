// `hunt`: finds what breaks a client. The command runs once in fair weather, which tells what it
// asks of whom; then once for each outcome those requests can meet, each against an emulator of its
// own; then in mixtures of what it survived, and what breaks it is shrunk.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/hunt_folder.h"
#include "emulator/app/hunt_plan.h"
#include "emulator/app/hunt_progress.h"
#include "emulator/app/hunt_report.h"
#include "emulator/app/hunt_runner.h"
#include "emulator/app/scenario_file.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/files.h"
#include "emulator/os/os.h"
#include "emulator/sandbox/library.h"
#include "emulator/scenario/values.h"

namespace emulator {
namespace hunt {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

constexpr int kUnusable = 2;
constexpr int kFound = 6;
constexpr int kInterrupted = 130;
constexpr auto kLeastLimit = 10s;
constexpr double kSlower = 10;
// Found because a command was ended in the middle, and no fault of its own.
constexpr std::string_view kByEnding[] = {"gave-up-early", "broken-picture-kept"};

// Why the hunt ends before it has begun.
struct Stop {
  int code = kUnusable;
  std::string line;
};

// A folder that goes with its owner.
class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "emulator-hunt-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string own_program() {
  const std::string path = os::own_program();
  return path.empty() ? "provider-emulator" : path;
}

std::string last_line(const std::string& output) {
  const std::string_view text = trimmed(output);
  const auto at = text.rfind('\n');
  return valid_utf8(text.substr(at == std::string_view::npos ? 0 : at + 1).substr(0, 300));
}

std::string behind_colon(const std::string& text) { return text.empty() ? "" : ": " + text; }

class Hunter {
 public:
  Hunter(const Config& config, const Surroundings& surroundings, Registry& registry)
      : config_(config), err_(surroundings.err), registry_(registry), reports_(config.hunt.out) {
    hunt_.version = version();
    hunt_.folder = config.hunt.out;
    hunt_.seed = config.serve.seed.value_or(surroundings.drawn_seed);
    for (const std::string& word : config.command_line)
      hunt_.command += (hunt_.command.empty() ? "" : " ") + word;
  }

  int go() {
    const auto stop = prepare();
    if (stop) return give_up(*stop);
    Runner runner({own_program(), passed(), config_.command_line, folder_.path()});
    runner_ = &runner;
    began_ = Steady::now();
    until_ = began_ + std::chrono::duration_cast<Millis>(config_.hunt.budget);
    if (const auto none = fair_run()) return give_up(*none);
    if (const auto none = plan_trials()) return give_up(*none);
    single_runs();
    mixed_runs();
    runner.end_all();
    return conclude();
  }

 private:
  int give_up(const Stop& stop) {
    err_("provider-emulator: " + stop.line + "\n");
    return stop.code;
  }

  std::vector<std::string> passed() const {
    std::vector<std::string> out = config_.hunt.passed;
    out.insert(out.end(), {"--seed", std::to_string(hunt_.seed)});
    return out;
  }

  std::optional<Stop> prepare() {
    auto only = read_only(config_.hunt.only, outcome_names(registry_));
    if (!only) return Stop{kUnusable, only.error() + " (--only)"};
    only_ = std::move(*only);
    if (auto problem = read_base(); !problem.empty()) return Stop{kUnusable, problem};
    if (folder_.path().empty())
      return Stop{kUnusable,
                  "cannot make a temporary folder: " + std::system_category().message(errno)};
    if (const std::string problem = reports_.open(); !problem.empty())
      return Stop{kUnusable, problem};
    if (const std::string problem = write_reports(); !problem.empty())
      return Stop{kUnusable, problem};
    return std::nullopt;
  }

  // The scenario that fair weather is made of.
  std::string read_base() {
    ScenarioLibrary library(registry_.vocabulary());
    std::string text;
    if (names_a_file(config_.serve.scenario)) {
      auto read = read_file(config_.serve.scenario, 4u << 20);
      if (!read) return read.error();
      const auto loaded = scenario::load(config_.serve.scenario, *read, registry_.vocabulary(),
                                         scenario::Files::kAllowed);
      if (!loaded) return yaml::to_line(config_.serve.scenario, loaded.error().front());
      text = std::move(*read);
    } else {
      const auto found = library.find(config_.serve.scenario);
      if (!found) return found.error();
      text = (*found)->text;
    }
    const auto tree = yaml::load(text);
    if (tree) base_ = scenario::json_of(*tree);
    return "";
  }

  std::string text_of(const Trial& trial) const {
    const std::string about = "Trial of a hunt: " + trial.outcome + ", " + trial.occasion + ".";
    return kMark + scenario_text(trial, base_, hunt_.seed, about);
  }

  std::optional<Stop> fair_run() {
    Trial fair;
    fair.outcome = fair.occasion = "fair";
    const auto budget = std::chrono::duration_cast<Millis>(config_.hunt.budget);
    if (const auto problem = runner_->start(0, text_of(fair), budget); !problem.empty())
      return Stop{kUnusable, problem};
    err_("hunt: the fair run\n");
    const auto ended = runner_->next(until_ + 30s);
    if (!ended) return Stop{kInterrupted, "the fair run was broken off"};
    if (ended->hung)
      return Stop{kUnusable, "the fair run did not end within the budget of " +
                                 worded(Duration(budget)) + "; give more with --budget"};
    if (ended->broken)
      return Stop{kUnusable, "the fair run could not be made: " + last_line(ended->output)};
    const int code = ended->report.value("code", 0);
    if (const std::string problem = ended->report.value("problem", ""); !problem.empty())
      return Stop{code, problem};
    if (code != 0)
      return Stop{kUnusable, "the command fails in fair weather, with code " +
                                 std::to_string(code) + behind_colon(last_line(ended->output))};
    for (const auto& [provider, asked] : ended->report["asked"].items())
      for (const auto& [on, count] : asked.items())
        asked_[provider][on] = count.get<std::uint64_t>();
    if (asked_.empty())
      return Stop{kUnusable,
                  "the command passed, and asked nothing of any provider: is it pointed here? "
                  "(`provider-emulator env` shows how)"};
    fair_seconds_ = ended->report.value("seconds", ended->seconds);
    Judgement judged = judgement(fair, *ended);
    for (const Json& one : judged.findings)
      if (one.value("severity", "") == "error") known_.insert(key_of(one));
    judged.verdict = known_.empty() ? Verdict::kHeld : Verdict::kMisbehaved;
    hunt_.trials.push_back(std::move(judged));
    return std::nullopt;
  }

  static std::string key_of(const Json& finding) {
    return finding.value("code", "") + " " + finding.value("provider", "") + " " +
           finding.value("endpoint", "");
  }

  Millis limit() const {
    const auto slow = Millis(static_cast<long long>(1'000 * kSlower * fair_seconds_));
    return std::max<Millis>(slow, kLeastLimit);
  }

  Judgement judgement(const Trial& trial, const Finished& ended) const {
    Judgement out;
    out.trial = trial;
    out.seconds = ended.seconds;
    out.output = valid_utf8(ended.output);
    out.code = ended.report.is_object() ? ended.report.value("code", 0) : ended.status;
    if (ended.report.is_object())
      for (const Json& one : ended.report["findings"]) {
        const std::string code = one.value("code", "");
        const bool by_us = ended.hung && std::find(std::begin(kByEnding), std::end(kByEnding),
                                                   code) != std::end(kByEnding);
        if (!by_us) out.findings.push_back(one);
      }
    const bool error =
        std::any_of(out.findings.begin(), out.findings.end(), [this](const Json& one) {
          return one.value("severity", "") == "error" && !known_.contains(key_of(one));
        });
    out.verdict = error               ? Verdict::kMisbehaved
                  : ended.hung        ? Verdict::kHung
                  : out.code == 0     ? Verdict::kHeld
                  : trial.transient() ? Verdict::kBroke
                                      : Verdict::kTold;
    return out;
  }

  bool time_is_up() const { return Steady::now() >= until_ || runner_->interrupted(); }

  // Those of the plan that ended in time, in its order, whatever order they ended in.
  std::vector<Judgement> batch(const std::vector<Trial>& plan, Progress& progress) {
    std::vector<std::optional<Judgement>> judged(plan.size());
    std::size_t next = 0, done = 0;
    while (done < plan.size() && !time_is_up()) {
      while (next < plan.size() && runner_->running() < config_.hunt.jobs && trouble_.empty()) {
        trouble_ = runner_->start(next, text_of(plan[next]), limit());
        if (trouble_.empty()) ++next;
      }
      const auto ended = runner_->next(until_);
      if (!ended) break;
      judged[ended->id] = judgement(plan[ended->id], *ended);
      progress.told(*judged[ended->id]);
      ++done;
    }
    runner_->end_all();
    std::vector<Judgement> out;
    for (auto& one : judged)
      if (one) out.push_back(std::move(*one));
    return out;
  }

  void take_in(std::vector<Judgement> judged) {
    for (Judgement& one : judged) {
      if (!is_bad(one.verdict)) {
        if (one.trial.occasion != "mixture") survived_.push_back(one.trial);
        hunt_.trials.push_back(std::move(one));
        continue;
      }
      one.trial.rules = smallest(one);
      keep(std::move(one));
    }
    write_again();
  }

  // A hunt without a trial would find nothing, and look like a client that survives everything.
  std::optional<Stop> plan_trials() {
    plan_ = single_trials(registry_, asked_, only_);
    if (!plan_.empty()) return std::nullopt;
    return Stop{kUnusable, only_.empty() ? "nothing that the command asks has an outcome to try"
                                         : "what the command asks can meet none of the outcomes "
                                           "of --only (`list outcomes` has who can meet which)"};
  }

  void single_runs() {
    hunt_.planned = plan_.size();
    Progress progress(err_, plan_.size(), config_.hunt.bar);
    std::vector<Judgement> judged = batch(plan_, progress);
    hunt_.cut_short = judged.size() < plan_.size();
    take_in(std::move(judged));
  }

  // Trials one after the other, as long as there is time.
  std::vector<Rule> smallest(const Judgement& found) {
    const auto same = [&](const std::vector<Rule>& rules) {
      if (time_is_up()) return false;
      Trial trial = found.trial;
      trial.rules = rules;
      if (!runner_->start(0, text_of(trial), limit()).empty()) return false;
      const auto ended = runner_->next(until_);
      if (!ended) {
        if (!runner_->interrupted()) runner_->end_all();
        return false;
      }
      return judgement(trial, *ended).verdict == found.verdict;
    };
    return shrunk(found.trial.rules, same);
  }

  // While there is time. Who names outcomes asks for those alone.
  void mixed_runs() {
    constexpr std::size_t kMost = 200;
    if (survived_.size() < 2 || hunt_.cut_short || !only_.empty()) return;
    const std::vector<Trial> from = survived_;
    const std::size_t most = std::min(kMost, 2 * from.size());
    Progress progress(err_, most, config_.hunt.bar);
    for (std::size_t made = 0; made < most && !time_is_up() && trouble_.empty();) {
      std::vector<Trial> plan;
      for (; plan.size() < 4 * config_.hunt.jobs && made < most; ++made) {
        Draw draw = Draw::of(hunt_.seed, "hunt", made);
        plan.push_back(mixture(from, draw));
      }
      take_in(batch(plan, progress));
    }
  }

  // Of what was found: a file that repeats it.
  void keep(Judgement judged) {
    if (auto file = reports_.keep(judged.trial, text_of(judged.trial)))
      judged.file = std::move(*file);
    else
      trouble_ = file.error();
    hunt_.trials.push_back(std::move(judged));
    write_again();
  }

  std::string write_reports() {
    hunt_.seconds = began_ == Steady::time_point()
                        ? 0
                        : std::chrono::duration<double>(Steady::now() - began_).count();
    return reports_.write(hunt_);
  }

  void write_again() {
    if (std::string problem = write_reports(); !problem.empty()) trouble_ = std::move(problem);
  }

  int conclude() {
    write_again();
    err_(report_lines(hunt_));
    if (!trouble_.empty()) err_("provider-emulator: " + trouble_ + "\n");
    if (found_anything(hunt_)) return kFound;
    if (!trouble_.empty()) return kUnusable;
    return runner_->interrupted() ? kInterrupted : 0;
  }

  const Config& config_;
  const std::function<void(const std::string&)> err_;
  Registry& registry_;
  Folder folder_;
  Hunt hunt_;
  ReportFolder reports_;
  Json base_ = Json::object();
  std::vector<std::string> only_;
  Asked asked_;
  std::vector<Trial> plan_;  // one outcome each
  double fair_seconds_ = 0;
  std::set<std::string> known_;  // errors that fair weather shows already
  std::vector<Trial> survived_;
  std::string trouble_;
  Runner* runner_ = nullptr;
  Steady::time_point began_{}, until_{};
};

}  // namespace
}  // namespace hunt

int hunt_command(const Config& config, const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    surroundings.err("provider-emulator: " + problem + "\n");
    return hunt::kUnusable;
  }
  return hunt::Hunter(config, surroundings, registry).go();
}

}  // namespace emulator
