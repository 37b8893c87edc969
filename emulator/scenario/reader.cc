#include "emulator/scenario/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "emulator/scenario/values.h"

namespace emulator::scenario {
namespace {

constexpr Duration kLongest =
    std::chrono::hours(24 * 3650);  // sums stay far inside what time holds
constexpr std::string_view kDuration = "a duration such as 250ms, 3s, 10m, 2h or 7d";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::vector<yaml::Problem> in_order(std::vector<yaml::Problem> problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const yaml::Problem& a, const yaml::Problem& b) {
                     if (a.at.line != b.at.line) return a.at.line < b.at.line;
                     return a.at.column < b.at.column;
                   });
  return problems;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out(1, '"');
  out += text.substr(0, kShown);
  if (text.size() > kShown) out += "...";
  return valid_utf8(out) + '"';
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

std::string kind_of(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::kNull:
      return "nothing";
    case yaml::Node::Kind::kScalar:
      return in_quotes(node.scalar);
    case yaml::Node::Kind::kSequence:
      return node.items.empty() ? "an empty list" : "a list";
    case yaml::Node::Kind::kMapping:
      return node.entries.empty() ? "an empty mapping" : "a mapping";
  }
  return "";
}

void Reader::problem(yaml::Mark at, std::string text) {
  constexpr std::size_t kMost = 1000;  // nobody reads more, and texts may be hostile
  if (problems_.size() < kMost) problems_.push_back({at, std::move(text)});
}

void Reader::warn(yaml::Mark at, std::string text) { warnings_.push_back({at, std::move(text)}); }

void Reader::expected(const yaml::Node& node, std::string_view key, std::string_view what) {
  problem(node.at, in_quotes(key) + " expects " + std::string(what) + ", got " + kind_of(node));
}

void Reader::unknown_key(const yaml::Node& key, std::string_view under,
                         const std::vector<std::string>& known) {
  std::string text = "unknown key " + in_quotes(key.scalar);
  if (!under.empty()) text += " under " + in_quotes(under);
  if (const auto meant = nearest(key.scalar, known)) {
    text += "; did you mean " + in_quotes(*meant) + "?";
  } else {
    text += "; known are " + listed(known);
  }
  problem(key.at, std::move(text));
}

void Reader::unknown_word(const yaml::Node& node, std::string_view what,
                          const std::vector<std::string>& known) {
  if (!node.is_scalar()) return expected(node, what, "one of " + listed(known));
  std::string text = "unknown " + std::string(what) + " " + in_quotes(node.scalar);
  if (const auto meant = nearest(node.scalar, known)) {
    text += "; did you mean " + in_quotes(*meant) + "?";
  } else {
    text += "; known are " + listed(known);
  }
  problem(node.at, std::move(text));
}

std::optional<std::string> Reader::text(const yaml::Node& node, std::string_view key) {
  if (node.is_scalar()) return node.scalar;
  expected(node, key, "a text");
  return std::nullopt;
}

bool Reader::take_pattern(yaml::Mark at, std::size_t bytes) {
  if (bytes <= pattern_room_) {
    pattern_room_ -= bytes;
    return true;
  }
  if (!patterns_told_)
    problem(at, "the patterns up to here take more than " + std::to_string(most_patterns_) +
                    " bytes once they are compiled: write fewer or simpler ones" +
                    (raisable_ ? ", or raise --max-scenario-patterns" : ""));
  patterns_told_ = true;
  pattern_room_ = 0;
  return false;
}

std::optional<bool> Reader::truth(const yaml::Node& node, std::string_view key) {
  const Json value = json_of(node);
  if (value.is_boolean()) return value.get<bool>();
  expected(node, key, "true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> Reader::whole(const yaml::Node& node, std::string_view key,
                                           std::uint64_t from, std::uint64_t to) {
  std::uint64_t value = 0;
  const char* const begin = node.scalar.data();
  const char* const end = begin + node.scalar.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (node.is_scalar() && error == std::errc() && stopped == end && value >= from && value <= to) {
    return value;
  }
  std::string what = "a whole number from " + std::to_string(from);
  if (to != UINT64_MAX) what += " to " + std::to_string(to);
  expected(node, key, what);
  return std::nullopt;
}

std::optional<double> Reader::number(const yaml::Node& node, std::string_view key) {
  const Json value = node.quoted ? Json() : json_of(node);
  if (value.is_number()) return value.get<double>();
  expected(node, key, "a number");
  return std::nullopt;
}

std::optional<Duration> Reader::duration(const yaml::Node& node, std::string_view key) {
  if (node.is_scalar()) return duration(node.scalar, node.at, key);
  expected(node, key, kDuration);
  return std::nullopt;
}

std::optional<Duration> Reader::duration(std::string_view text, yaml::Mark at,
                                         std::string_view key) {
  if (const auto value = parse_duration(text)) {
    if (*value <= kLongest) return *value;
    problem(at, in_quotes(key) + ": a duration is at most " + worded(kLongest));
  } else if (text.starts_with('-')) {
    problem(at, in_quotes(key) + ": a duration cannot be negative");
  } else if (is_number(text)) {
    problem(at, in_quotes(key) + ": a bare number needs a unit: write " + std::string(text) + "s");
  } else {
    problem(at, in_quotes(key) + " expects " + std::string(kDuration) + ", got " + in_quotes(text));
  }
  return std::nullopt;
}

std::optional<double> Reader::percent(const yaml::Node& node, std::string_view key) {
  double value = 0;
  std::string_view digits = node.scalar;
  if (node.is_scalar() && is_number(digits)) {
    problem(node.at, in_quotes(key) + ": a bare number needs its sign: write " + node.scalar + "%");
    return std::nullopt;
  }
  const bool sign = digits.ends_with('%');
  if (sign) digits.remove_suffix(1);
  const auto [stopped, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool read = error == std::errc() && stopped == digits.data() + digits.size();
  if (node.is_scalar() && sign && read && value >= 0 && value <= 100) return value;
  expected(node, key, "a percentage from 0% to 100%");
  return std::nullopt;
}

const std::vector<std::string>& Reader::providers() const {
  static const std::vector<std::string> kNone;
  return vocabulary_ ? vocabulary_->providers : kNone;
}

const Profiles& Reader::profiles() const {
  static const Profiles kNone;
  return vocabulary_ && vocabulary_->profiles ? *vocabulary_->profiles : kNone;
}

std::shared_ptr<const Profiles> Reader::shared_profiles() const {
  return vocabulary_ ? vocabulary_->profiles : nullptr;
}

const ProviderWords* Reader::words() const {
  return provider_.empty() ? nullptr : words_of(provider_);
}

const ProviderWords* Reader::words_of(std::string_view provider) const {
  return vocabulary_ && vocabulary_->words ? vocabulary_->words(provider) : nullptr;
}

std::vector<yaml::Problem> Reader::problems() const { return in_order(problems_); }
std::vector<yaml::Problem> Reader::warnings() const { return in_order(warnings_); }

}  // namespace emulator::scenario
