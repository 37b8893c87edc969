#include "emulator/scenario/index.h"

#include <algorithm>

namespace emulator::scenario {
namespace {

constexpr std::size_t kLetters = 3;

std::uint16_t group_at(std::string_view text, std::size_t at) {
  const auto letter = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const std::uint32_t all = letter(0) | letter(1) << 8 | letter(2) << 16;
  return static_cast<std::uint16_t>((all * 0x9E3779B1u) >> 20);  // the upper 12 bits
}

Candidate candidate_of(const When& when, std::uint32_t rule) {
  Candidate candidate;
  candidate.rule = rule;
  for (const Condition& condition : when.conditions) {
    const std::string& text = condition.test.text;
    if (condition.what == Condition::What::kPrompt &&
        condition.test.kind == Test::Kind::kContains && text.size() >= kLetters) {
      candidate.prompt = {group_at(text, 0), group_at(text, text.size() - kLetters)};
    }
    if (condition.what == Condition::What::kEndpoint) {
      const std::size_t fixed = std::min<std::size_t>(text.find_first_of("*?"), text.size());
      const std::size_t bytes = std::min<std::size_t>(fixed, 8);
      candidate.endpoint = first_bytes(std::string_view(text).substr(0, bytes));
      candidate.endpoint_mask = bytes == 8 ? ~0ull : (1ull << (8 * bytes)) - 1;
    }
  }
  return candidate;
}

bool asks_for_body(const When& when) {
  return std::any_of(
      when.conditions.begin(), when.conditions.end(),
      [](const Condition& condition) { return condition.what == Condition::What::kBody; });
}

void add(Index::ByOn& lists, const When& when, const Candidate& candidate) {
  for (const Word<On>& word : kOnWords) {
    if (when.on && *when.on != word.value) continue;
    Index::List& list = lists[static_cast<std::size_t>(word.value)];
    list.candidates.push_back(candidate);
    list.prompts = list.prompts || candidate.prompt[0] != Candidate::kNone;
    list.bodies = list.bodies || asks_for_body(when);
  }
}

}  // namespace

void Glance::look_at(std::string_view text) {
  for (std::size_t i = 0; i + kLetters <= text.size(); ++i) groups_.set(group_at(text, i));
}

std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t out = 0;
  for (std::size_t i = std::min<std::size_t>(text.size(), 8); i > 0; --i) {
    out = out << 8 | static_cast<unsigned char>(text[i - 1]);
  }
  return out;
}

const Index::List& Index::of(std::string_view provider, On on) const {
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
    const Candidate candidate = candidate_of(when, i);
    for (auto& [provider, lists] : index.named) {
      if (when.provider.empty() || when.provider == provider) add(lists, when, candidate);
    }
    if (when.provider.empty()) add(index.others, when, candidate);
  }
  return index;
}

}  // namespace emulator::scenario
