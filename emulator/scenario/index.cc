#include "emulator/scenario/index.h"

namespace emulator::scenario {
namespace {

void add(Index::ByOn& lists, const When& when, std::uint32_t rule) {
  for (const Word<On>& word : kOnWords) {
    if (!when.on || *when.on == word.value) {
      lists[static_cast<std::size_t>(word.value)].push_back(rule);
    }
  }
}

}  // namespace

const std::vector<std::uint32_t>& Index::of(std::string_view provider, On on) const {
  const auto found = named.find(provider);
  return (found == named.end() ? others : found->second)[static_cast<std::size_t>(on)];
}

Index index_of(const std::vector<Rule>& rules) {
  Index index;
  for (const Rule& rule : rules) {
    if (!rule.when->provider.empty()) index.named.try_emplace(rule.when->provider);
  }
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const When& when = *rules[i].when;
    for (auto& [provider, lists] : index.named) {
      if (when.provider.empty() || when.provider == provider) add(lists, when, i);
    }
    if (when.provider.empty()) add(index.others, when, i);
  }
  return index;
}

}  // namespace emulator::scenario
