#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/app/file_watch.h"
#include "emulator/base/result.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// A scenario as it was read from a file, and what to tell about it, a line each.
struct ReadScenario {
  std::shared_ptr<const scenario::Scenario> scenario;
  std::vector<std::string> warnings;
};

// The failure is every problem, a line each. `picture_limit`: bytes of the largest file that
// `image: { file: PATH }` may name.
Result<ReadScenario, std::string> read_scenario(const std::string& path,
                                                const scenario::Vocabulary& vocabulary,
                                                std::size_t picture_limit);

// The folder that paths in a scenario file start from: the file's own.
std::string folder_of(const std::string& path);

// The picture files that rules of a scenario at `path` name and that cannot be served, each at the
// place of its rule, in the order of the text.
std::vector<yaml::Problem> picture_problems(const std::string& path,
                                            const scenario::Scenario& scenario,
                                            std::size_t picture_limit);

// The file of `serve --scenario FILE`, taken up again whenever it changes. Loop thread only.
class ScenarioFile {
 public:
  struct Hooks {
    std::function<void(std::shared_ptr<const scenario::Scenario>)> take_up;
    std::function<void(const std::string& text)> tell;  // whole lines
  };

  // `read`: what was made of the file when `seen` was its stamp.
  ScenarioFile(std::string path, std::string seen, ReadScenario read,
               const scenario::Vocabulary& vocabulary, std::size_t picture_limit);

  const std::shared_ptr<const scenario::Scenario>& scenario() const { return scenario_; }

  // From now on looks for changes. A file that became bad is told of once, with all its problems,
  // and what was read before stays.
  void watch(Loop& loop, Hooks hooks);

 private:
  void changed();

  std::string path_, seen_;
  std::shared_ptr<const scenario::Scenario> scenario_;
  const scenario::Vocabulary& vocabulary_;
  std::size_t picture_limit_;
  bool broken_ = false;  // the file is no good as it stands, and somebody was told
  Hooks hooks_;
  std::unique_ptr<FileWatch> watch_;
};

}  // namespace emulator
