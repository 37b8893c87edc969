#include "emulator/sandbox/library.h"

#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"
#include "emulator/scenario/built_in.h"

namespace emulator {
namespace embedded {
#define SCENARIO(symbol, name) extern const std::string_view symbol, packed_##symbol;
#include "scenarios.def"
#undef SCENARIO
}  // namespace embedded

namespace {

struct BuiltIn {
  std::string_view name;
  const std::string_view* text;
  const std::string_view* packed;
};

const BuiltIn kBuiltIn[] = {
#define SCENARIO(symbol, name) {name, &embedded::symbol, &embedded::packed_##symbol},
#include "scenarios.def"
#undef SCENARIO
};

const BuiltIn* built_in(std::string_view name) {
  for (const BuiltIn& entry : kBuiltIn)
    if (entry.name == name) return &entry;
  return nullptr;
}

}  // namespace

ScenarioLibrary::ScenarioLibrary(scenario::Vocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)) {}

std::vector<std::string> ScenarioLibrary::names() const {
  std::vector<std::string> out;
  for (const BuiltIn& entry : kBuiltIn) out.emplace_back(entry.name);
  return out;
}

std::string_view ScenarioLibrary::text(std::string_view name) const {
  const BuiltIn* const entry = built_in(name);
  return entry != nullptr ? *entry->text : std::string_view();
}

bool ScenarioLibrary::has(std::string_view name) const { return built_in(name) != nullptr; }

Result<std::shared_ptr<const scenario::Scenario>, std::string> ScenarioLibrary::find(
    std::string_view name) {
  if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  const BuiltIn* const entry = built_in(name);
  if (entry == nullptr) {
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
  auto loaded = scenario::load_packed(file, std::string(*entry->text), *entry->packed, vocabulary_);
  if (!loaded) return Failure{yaml::to_line(file, loaded.error().front())};
  return loaded_.emplace(name, loaded->scenario).first->second;
}

}  // namespace emulator
