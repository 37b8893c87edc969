#include "emulator/sandbox/library.h"

#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"

namespace emulator {
namespace embedded {
#define SCENARIO(symbol, name) extern const std::string_view symbol;
#include "scenarios.def"
#undef SCENARIO
}  // namespace embedded

namespace {

struct BuiltIn {
  std::string_view name;
  const std::string_view* text;
};

const BuiltIn kBuiltIn[] = {
#define SCENARIO(symbol, name) {name, &embedded::symbol},
#include "scenarios.def"
#undef SCENARIO
};

}  // namespace

ScenarioLibrary::ScenarioLibrary(scenario::Vocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)) {}

std::vector<std::string> ScenarioLibrary::names() const {
  std::vector<std::string> out;
  for (const BuiltIn& entry : kBuiltIn) out.emplace_back(entry.name);
  return out;
}

std::string_view ScenarioLibrary::text(std::string_view name) const {
  for (const BuiltIn& entry : kBuiltIn)
    if (entry.name == name) return *entry.text;
  return {};
}

bool ScenarioLibrary::has(std::string_view name) const {
  for (const BuiltIn& entry : kBuiltIn)
    if (entry.name == name) return true;
  return false;
}

Result<std::shared_ptr<const scenario::Scenario>, std::string> ScenarioLibrary::find(
    std::string_view name) {
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  if (!has(name)) {
    std::string text = "unknown scenario \"" + valid_utf8(name.substr(0, 80)) + "\"";
    const std::string meant = did_you_mean(name, names());
    text += (meant.empty() ? "." : meant) + " Known: ";
    bool first = true;
    for (const std::string& known : names()) {
      if (!first) text += ", ";
      text += known;
      first = false;
    }
    return Failure{std::move(text)};
  }
  const std::string file = "scenarios/" + std::string(name) + ".yaml";
  auto loaded = scenario::load(file, std::string(text(name)), vocabulary_);
  if (!loaded) return Failure{yaml::worded(file, loaded.error().front())};
  return loaded_.emplace(name, loaded->scenario).first->second;
}

}  // namespace emulator
