#include <utility>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/scenario_file.h"
#include "emulator/base/json_text.h"
#include "emulator/files.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

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
    auto text = read_file(file, kMaxTextFile);
    if (!text) {
      add(file, "error", {{}, text.error()});
      bad = true;
      continue;
    }
    const auto loaded =
        scenario::load(file, std::move(*text), vocabulary, scenario::Files::kAllowed);
    if (!loaded) {
      bad = true;
      for (const yaml::Problem& problem : loaded.error()) add(file, "error", problem);
      continue;
    }
    const auto pictures = picture_problems(file, *loaded->scenario, config.serve.max_picture_file);
    for (const yaml::Problem& problem : pictures) add(file, "error", problem);
    if (!pictures.empty()) bad = true;
    for (const yaml::Problem& warning : loaded->warnings) add(file, "warning", warning);
    if (!json && pictures.empty()) surroundings.out(file + ": good\n");
  }
  if (json) surroundings.out(compact_json({{"ok", !bad}, {"problems", report}}) + "\n");
  return bad ? 2 : 0;
}

}  // namespace emulator
