#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/scenario/scenario.h"

// What the readers of the scenario language share: problems are collected, never thrown, so that a
// file is checked whole; every problem has a place, a cause and a remedy.
namespace emulator::scenario {

std::string in_quotes(std::string_view text);
// "a, b and c".
std::string listed(const std::vector<std::string>& words);
// What a node is, for "..., got X": its text in quotes, "a list", "a mapping", "nothing".
std::string kind_of(const yaml::Node& node);

class Reader {
 public:
  explicit Reader(const Vocabulary* vocabulary, Files files = Files::kRefused)
      : vocabulary_(vocabulary),
        files_(files),
        most_patterns_((vocabulary != nullptr ? vocabulary->limits : Limits{}).pattern_bytes),
        pattern_room_(most_patterns_) {}

  void problem(yaml::Mark at, std::string text);
  void warn(yaml::Mark at, std::string text);
  // `"key" expects ..., got ...`.
  void expected(const yaml::Node& node, std::string_view key, std::string_view what);
  // `unknown key "quene" under "then"; did you mean "queue"?`, else the known ones.
  void unknown_key(const yaml::Node& key, std::string_view under,
                   const std::vector<std::string>& known);
  // Notes that a value is unknown: `unknown provider "flux"; ...`.
  void unknown_word(const yaml::Node& node, std::string_view what,
                    const std::vector<std::string>& known);

  // Each reads one value, or notes what is wrong with it. `key` is what it stands under.
  std::optional<std::string> text(const yaml::Node& node, std::string_view key);
  std::optional<bool> truth(const yaml::Node& node, std::string_view key);
  std::optional<std::uint64_t> whole(const yaml::Node& node, std::string_view key,
                                     std::uint64_t from, std::uint64_t to);
  std::optional<double> number(const yaml::Node& node, std::string_view key);
  std::optional<Duration> duration(const yaml::Node& node, std::string_view key);
  // `10%`, as 10.
  std::optional<double> percent(const yaml::Node& node, std::string_view key);

  // Reads a duration from a piece of a scalar that is at `at`.
  std::optional<Duration> duration(std::string_view text, yaml::Mark at, std::string_view key);

  // Provider names; empty where nothing is known about them.
  const std::vector<std::string>& providers() const;
  const Profiles& profiles() const;
  // These profiles, to be kept; null where there are none.
  std::shared_ptr<const Profiles> shared_profiles() const;
  // The words of the provider that the rule being read names; nullptr when it names none.
  const ProviderWords* words() const;
  // The words of one provider; nullptr where nothing is known about it.
  const ProviderWords* words_of(std::string_view provider) const;
  // What words() is about until the next call; "" for no provider.
  void about(std::string provider) { provider_ = std::move(provider); }

  // Bytes that further patterns may take once they are compiled; 0 when no more is compiled.
  std::size_t pattern_room() const { return pattern_room_; }
  // At most so many, where a caller waits for it on the loop.
  void limit_patterns(std::size_t bytes) {
    most_patterns_ = std::min(most_patterns_, bytes);
    pattern_room_ = most_patterns_;
    raisable_ = false;
  }
  // Counts one. False, and said once, when it does not fit.
  bool take_pattern(yaml::Mark at, std::size_t bytes);
  // Whether what is read may name files of the user's.
  bool may_name_files() const { return files_ == Files::kAllowed; }

  bool failed() const { return !problems_.empty(); }
  // In the order of the text.
  std::vector<yaml::Problem> problems() const;
  std::vector<yaml::Problem> warnings() const;

 private:
  const Vocabulary* vocabulary_;
  const Files files_;
  std::size_t most_patterns_;
  std::size_t pattern_room_;
  bool raisable_ = true;  // a flag says how much patterns may take
  bool patterns_told_ = false;
  std::string provider_;
  std::vector<yaml::Problem> problems_, warnings_;
};

// Reads the entries of a mapping by a table whose rows have a `name`: calls `read(row, key, value)`
// for each key that is known, and notes the others.
template <class Rows, class Read>
void read_keys(Reader& reader, const yaml::Node& mapping, std::string_view under, const Rows& rows,
               const Read& read) {
  for (const auto& [key, value] : mapping.entries) {
    bool known = false;
    for (const auto& row : rows) {
      if (row.name != key.scalar) continue;
      read(row, key, value);
      known = true;
      break;
    }
    if (known) continue;
    std::vector<std::string> names;
    names.reserve(std::size(rows));
    for (const auto& row : rows) names.emplace_back(row.name);
    reader.unknown_key(key, under, names);
  }
}

template <class E, std::size_t N>
std::vector<std::string> texts_of(const std::array<Word<E>, N>& words) {
  std::vector<std::string> out;
  out.reserve(N);
  for (const Word<E>& word : words) out.emplace_back(word.text);
  return out;
}

}  // namespace emulator::scenario
