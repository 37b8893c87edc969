#include <utility>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/scenario_file.h"
#include "emulator/base/json_text.h"
#include "emulator/files.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

namespace {

// What was found so far, printed as it is found or kept for JSON.
class Findings {
 public:
  Findings(bool json, const Surroundings& surroundings)
      : json_(json), surroundings_(surroundings) {}

  void add(const std::string& file, bool error, const yaml::Problem& problem) {
    ++(error ? errors_ : warnings_);
    if (json_)
      report_.push_back({{"file", file},
                         {"line", problem.at.line},
                         {"column", problem.at.column},
                         {"level", error ? "error" : "warning"},
                         {"message", problem.text}});
    else
      surroundings_.out((error ? "" : "warning: ") + yaml::to_line(file, problem) + "\n");
  }

  void done(const std::string& file, bool good) {
    ++(good ? good_ : bad_);
    if (good && !json_) surroundings_.out(file + ": good\n");
  }

  // The last line, and the exit code.
  int end() const {
    if (json_)
      surroundings_.out(compact_json({{"ok", bad_ == 0}, {"problems", report_}}) + "\n");
    else
      surroundings_.out("checked " + counted(good_ + bad_, "file") + ": " + std::to_string(good_) +
                        " good, " + std::to_string(bad_) + " bad; " + counted(errors_, "error") +
                        ", " + counted(warnings_, "warning") + "\n");
    return bad_ > 0 ? 2 : 0;
  }

 private:
  static std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  }

  const bool json_;
  const Surroundings& surroundings_;
  Json report_ = Json::array();
  std::size_t errors_ = 0, warnings_ = 0, good_ = 0, bad_ = 0;
};

bool check_file(const std::string& file, Result<std::string, std::string> text,
                const scenario::Vocabulary& vocabulary, std::size_t picture_limit,
                Findings& findings) {
  if (!text) {
    findings.add(file, true, {{}, text.error()});
    return false;
  }
  const auto loaded = scenario::load(file, std::move(*text), vocabulary, scenario::Files::kAllowed);
  if (!loaded) {
    for (const yaml::Problem& problem : loaded.error()) findings.add(file, true, problem);
    return false;
  }
  const auto pictures = picture_problems(file, *loaded->scenario, picture_limit);
  for (const yaml::Problem& problem : pictures) findings.add(file, true, problem);
  for (const yaml::Problem& warning : loaded->warnings) findings.add(file, false, warning);
  return pictures.empty();
}

}  // namespace

int check_command(const Config& config, const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    surroundings.err(problem + "\n");
    return 2;
  }
  const scenario::Vocabulary vocabulary = registry.vocabulary();
  Findings findings(config.format == "json", surroundings);
  for (const std::string& file : config.files) {
    const bool in = file == "-" || file == "/dev/stdin";
    const std::string shown = in ? "stdin" : file;
    auto text = in ? read_stdin(kMaxTextFile) : read_file(file, kMaxTextFile);
    findings.done(shown, check_file(shown, std::move(text), vocabulary,
                                    config.serve.max_picture_file, findings));
  }
  return findings.end();
}

}  // namespace emulator
