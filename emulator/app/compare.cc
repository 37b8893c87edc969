// `compare`: recordings in, differences out.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/compare/fixture_text.h"
#include "emulator/compare/recording.h"
#include "emulator/compare/replay.h"
#include "emulator/compare/report.h"
#include "emulator/compare/request.h"
#include "emulator/compare/secrets.h"
#include "emulator/compare/story.h"
#include "emulator/files.h"
#include "emulator/pipeline/router.h"

namespace emulator {
namespace {

constexpr int kDiffers = 7;
constexpr int kNotWhole = 2;

// Requests to a provider's host, and to an emulator on this machine.
bool is_wanted(const compare::Recorded& recorded, const Registry& registry, const Router& router) {
  const auto request = std::make_shared<const http::Request>(compare::request_of(recorded, {}));
  const std::string host(without_port(request->host()));
  if (router.names_a_provider(request->host())) return true;
  const bool here = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
  if (!here && !target_of(registry, *request)) return false;
  return !request->path.starts_with("/_emulator") && router.find(request).has_value();
}

// The name of a file without its folder and its ending.
std::string stem_of(const std::string& file) { return std::filesystem::path(file).stem().string(); }

class CompareRun {
 public:
  CompareRun(const Config& config, const Surroundings& surroundings)
      : config_(config), surroundings_(surroundings) {
    for (const std::string& text : config.compare.ignore)
      ignored_.push_back(compare::ignored_of(text));
    limits_.file = config.compare.max_file;
    limits_.exchange = config.compare.max_exchange;
    limits_.exchanges = config.compare.max_exchanges;
    limits_.kept = config.compare.max_kept;
  }

  int go() {
    if (const std::string problem = lay_over(words_.registry, config_.serve.contracts);
        !problem.empty())
      return unusable(problem);
    for (const std::string& file : config_.files) one(file);
    const bool json = config_.format == "json";
    surroundings_.out(json ? report_json(all_, secrets_) : report_text(all_, secrets_));
    if (!trouble_.empty()) return unusable(trouble_);
    const compare::Totals sum = totals_of(all_);
    if (sum.different > 0) return kDiffers;
    return sum.unread > 0 ? kNotWhole : 0;
  }

 private:
  int unusable(const std::string& problem) const {
    surroundings_.err("provider-emulator: " + problem + "\n");
    return kNotWhole;
  }

  struct CloseFile {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };

  compare::Recording read(const std::string& file, Registry& registry) {
    const bool in = file == "-" || file == "/dev/stdin";
    const std::string shown = in ? "stdin" : file;
    std::unique_ptr<std::FILE, CloseFile> open(in ? stdin : std::fopen(file.c_str(), "rb"));
    struct stat about {};
    const bool folder =
        open && ::fstat(::fileno(open.get()), &about) == 0 && S_ISDIR(about.st_mode);
    if (!open || folder) {
      compare::Recording none;
      none.file = shown;
      none.problems.push_back(
          shown + ": " +
          (folder ? "a folder; name the files in it" : std::system_category().message(errno)));
      return none;
    }
    const Router router(registry, "");
    return compare::read_recording(
        shown, [&](char* into, std::size_t room) { return std::fread(into, 1, room, open.get()); },
        limits_,
        [&](const compare::Recorded& recorded) { return is_wanted(recorded, registry, router); });
  }

  // What recordings are answered with. Reading all contracts takes longer than most recordings, so
  // that one serves every file that brings no contract of its own.
  struct Words {
    Registry registry{built_in_providers()};
    std::optional<ScenarioLibrary> library;

    ScenarioLibrary& scenarios() {
      if (!library) library.emplace(registry.vocabulary());
      return *library;
    }
  };

  // "" or what is wrong with a contract.
  std::string lay_all(Registry& registry, const compare::Recording& recording) const {
    if (std::string problem = lay_over(registry, config_.serve.contracts); !problem.empty())
      return problem;
    for (const std::string& text : recording.contracts)
      if (const auto laid = registry.lay_over({recording.file + ": its contract", text}); !laid)
        return laid.error().front();
    return "";
  }

  void one(const std::string& file) {
    recordings_.push_back(std::make_unique<compare::Recording>(read(file, words_.registry)));
    compare::Recording& recording = *recordings_.back();
    for (const compare::Recorded& recorded : recording.exchanges) secrets_.learn(recorded);
    compare::Compared compared{&recording, {}};
    if (recording.contracts.empty()) {
      play(recording, words_, compared);
    } else {
      Words own;
      if (const std::string problem = lay_all(own.registry, recording); !problem.empty())
        recording.problems.push_back(problem);
      else
        play(recording, own, compared);
    }
    all_.push_back(std::move(compared));
  }

  void play(compare::Recording& recording, Words& words, compare::Compared& compared) {
    if (recording.exchanges.empty()) return;
    Registry& registry = words.registry;
    ScenarioLibrary& library = words.scenarios();
    auto outcomes = compare::replay(recording, registry, library);
    if (!outcomes) {
      recording.problems.push_back(outcomes.error());
      return;
    }
    compared.outcomes = std::move(*outcomes);
    leave_out(compared.outcomes, ignored_);
    if (!config_.compare.scenario.empty()) write_scenario(recording, compared.outcomes, library);
    if (!config_.compare.fixtures.empty() && recording.kind != compare::Recording::Kind::kFixture)
      write_fixtures(recording, registry, library);
  }

  // Of several files the scenario is that of all of them, one behind the other.
  void write_scenario(const compare::Recording& recording,
                      const std::vector<compare::Outcome>& outcomes, ScenarioLibrary& library) {
    for (const compare::Outcome& outcome : outcomes) told_.push_back(outcome);
    const std::string text = compare::scenario_of(stem_of(recording.file), told_, secrets_);
    if (const auto loaded = scenario::load(config_.compare.scenario, text, library.vocabulary());
        !loaded) {
      keep_trouble(yaml::to_line(config_.compare.scenario, loaded.error().front()) +
                   ": this scenario would not be read back, and was not written");
      return;
    }
    if (const std::string problem = write_file_atomically(config_.compare.scenario, text);
        !problem.empty())
      keep_trouble(problem + " (--scenario)");
  }

  void write_fixtures(const compare::Recording& recording, Registry& registry,
                      ScenarioLibrary& library) {
    const compare::Recording clean = compare::without_people(recording, secrets_);
    compare::ReplayOptions options;
    options.keep_replies = options.even_fraction = true;
    const auto outcomes = compare::replay(clean, registry, library, options);
    if (!outcomes) return;
    std::error_code failed;
    std::filesystem::create_directories(config_.compare.fixtures, failed);
    if (failed) return keep_trouble(config_.compare.fixtures + ": " + failed.message());
    for (const auto& [provider, text] : compare::fixtures_of(*outcomes, registry)) {
      std::string name = stem_of(recording.file) + "." + provider;
      for (int again = 2; !names_.insert(name).second; ++again)
        name = stem_of(recording.file) + "-" + std::to_string(again) + "." + provider;
      const std::string problem = write_file_atomically(
          config_.compare.fixtures + "/" + name + ".yaml", secrets_.hidden(text));
      if (!problem.empty()) keep_trouble(problem + " (--fixtures)");
    }
  }

  void keep_trouble(std::string problem) {
    if (trouble_.empty()) trouble_ = std::move(problem);
  }

  const Config& config_;
  const Surroundings& surroundings_;
  std::vector<compare::Ignored> ignored_;
  compare::ReadLimits limits_;
  compare::Secrets secrets_;
  std::vector<std::unique_ptr<compare::Recording>> recordings_;
  std::vector<compare::Compared> all_;
  std::vector<compare::Outcome> told_;
  std::set<std::string> names_;  // of fixtures written
  Words words_;
  std::string trouble_;
};

}  // namespace

int compare_command(const Config& config, const Surroundings& surroundings) {
  return CompareRun(config, surroundings).go();
}

}  // namespace emulator
