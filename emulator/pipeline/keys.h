#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/base/yaml.h"
#include "emulator/pipeline/dialect.h"

namespace emulator {

// One key of a key file: whose it is, and what its account may.
struct KeyEntry {
  std::string key;                     // its text, or its `id` for `id:secret`; or a glob
  std::vector<std::string> providers;  // that know it; empty: all
  bool inactive = false;
  std::optional<double> credits;                          // left at the start, with every provider
  std::map<std::string, double, std::less<>> credits_at;  // with one provider; before `credits`
  std::optional<std::size_t> running;                     // tasks at work; further ones wait
  std::optional<std::size_t> submissions;  // in one `window`; further ones are refused
  Duration window = std::chrono::minutes(1);

  bool is_glob() const { return key.find_first_of("*?") != std::string::npos; }
  bool of_provider(std::string_view provider) const;
};

// A key file as values. Immutable once loaded.
class KeyBook {
 public:
  // Reads and checks a key file (YAML or JSON) whole. Failure: every problem, in the order of the
  // text. `providers`: the names that there are.
  static Result<std::shared_ptr<const KeyBook>, std::vector<yaml::Problem>> load(
      std::string_view text, const std::vector<std::string>& providers);

  const std::vector<KeyEntry>& entries() const { return entries_; }
  // The entry of a key with a provider: one that spells it out, else the first glob that fits.
  const KeyEntry* find(std::string_view provider, std::string_view key) const;

 private:
  std::vector<KeyEntry> entries_;
  std::unordered_map<std::string, std::vector<std::size_t>> spelled_;  // entry numbers by text
  std::vector<std::size_t> globs_;
};

// Which keys are let in, and what their accounts may: `--auth`. Loop thread only.
class Keys {
 public:
  enum class Policy { kAny, kFormat, kBook };
  // The sandbox name that a key stands for.
  using NameOf = std::function<std::string(std::string_view key)>;

  // `welcome`: a key that is let in whatever the policy says; "" for none.
  Keys(Policy policy, std::string welcome) : policy_(policy), welcome_(std::move(welcome)) {}

  // Goes by `book` from the next request on.
  void go_by(std::shared_ptr<const KeyBook> book, const NameOf& name_of);

  KeyStanding standing(std::string_view provider, std::string_view key) const;

  // Of the account that a sandbox is, when the book says so.
  std::optional<double> credits(std::string_view provider, std::string_view sandbox) const;
  // `limits`, with those the book sets put in their place.
  AccountLimits limited(AccountLimits limits, std::string_view provider,
                        std::string_view sandbox) const;

 private:
  const KeyEntry* account(std::string_view provider, std::string_view sandbox) const;

  Policy policy_;
  std::string welcome_;
  std::shared_ptr<const KeyBook> book_;
  std::unordered_map<std::string, std::vector<const KeyEntry*>> by_sandbox_;
};

}  // namespace emulator
