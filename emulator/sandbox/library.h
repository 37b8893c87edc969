#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// The scenarios known by name: those built in. Each is read at its first use. Loop thread only.
class ScenarioLibrary {
 public:
  explicit ScenarioLibrary(scenario::Vocabulary vocabulary);

  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  // The failure is one line that lists the known names.
  Result<std::shared_ptr<const scenario::Scenario>, std::string> find(std::string_view name);
  // The text of a built-in scenario; "" for an unknown name.
  std::string_view text(std::string_view name) const;

  const scenario::Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  scenario::Vocabulary vocabulary_;
  std::map<std::string, std::shared_ptr<const scenario::Scenario>, std::less<>> loaded_;
};

}  // namespace emulator
