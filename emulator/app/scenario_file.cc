#include "emulator/app/scenario_file.h"

#include <set>
#include <utility>

#include "emulator/app/contracts.h"
#include "emulator/files.h"

namespace emulator {

Result<ReadScenario, std::string> read_scenario(const std::string& path,
                                                const scenario::Vocabulary& vocabulary,
                                                std::size_t picture_limit) {
  auto text = read_file(path, kMaxTextFile);
  if (!text) return Failure{text.error()};
  auto loaded = scenario::load(path, std::move(*text), vocabulary, scenario::Files::kAllowed);
  if (!loaded) return Failure{joined(path, loaded.error())};
  if (const auto problems = picture_problems(path, *loaded->scenario, picture_limit);
      !problems.empty())
    return Failure{joined(path, problems)};
  ReadScenario read{loaded->scenario, {}};
  for (const yaml::Problem& warning : loaded->warnings)
    read.warnings.push_back("warning: " + yaml::to_line(path, warning));
  return read;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::vector<yaml::Problem> picture_problems(const std::string& path,
                                            const scenario::Scenario& scenario,
                                            std::size_t picture_limit) {
  std::vector<yaml::Problem> problems;
  std::set<std::string> looked_at;
  for (const scenario::Rule& rule : scenario.rules) {
    for (const scenario::Then& step : rule.steps) {
      if (!step.image || step.image->kind != scenario::ImageTrouble::Kind::kFile) continue;
      if (!looked_at.insert(step.image->file).second) continue;
      const std::string why =
          why_unreadable_beneath(folder_of(path), step.image->file, picture_limit);
      if (!why.empty()) problems.push_back({rule.at, "\"image\": " + why});
    }
  }
  return problems;
}

ScenarioFile::ScenarioFile(std::string path, std::string seen, ReadScenario read,
                           const scenario::Vocabulary& vocabulary, std::size_t picture_limit)
    : path_(std::move(path)),
      seen_(std::move(seen)),
      scenario_(std::move(read.scenario)),
      vocabulary_(vocabulary),
      picture_limit_(picture_limit) {}

void ScenarioFile::watch(Loop& loop, Hooks hooks) {
  hooks_ = std::move(hooks);
  watch_ = std::make_unique<FileWatch>([path = path_] { return file_stamp(path); }, loop,
                                       [this] { changed(); }, seen_);
}

void ScenarioFile::changed() {
  auto read = read_scenario(path_, vocabulary_, picture_limit_);
  const bool was_broken = std::exchange(broken_, !read);
  if (!read) {
    hooks_.tell(read.error() + "\n" + path_ + " is not taken up: the scenario before it stays\n");
    return;
  }
  if (read->scenario->text == scenario_->text) {
    if (was_broken) hooks_.tell(path_ + " is good again, nothing changed\n");
    return;
  }
  scenario_ = std::move(read->scenario);
  hooks_.take_up(scenario_);
  std::string told;
  for (const std::string& warning : read->warnings) told += warning + "\n";
  hooks_.tell(told + path_ + " is taken up: " + std::to_string(scenario_->rules.size()) +
              (scenario_->rules.size() == 1 ? " rule" : " rules") + ", counting from 0\n");
}

}  // namespace emulator
