#include "emulator/scenario/span.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace emulator::scenario {
namespace {

constexpr double kNormal99 = 2.3263478740408408;  // 99 % of a normal distribution lies below it
constexpr Duration kLongestDrawn = std::chrono::hours(24 * 3650);

std::optional<Span> read_range(Reader& reader, const yaml::Node& node, std::string_view key) {
  const std::string_view text = node.scalar;
  const std::size_t dots = text.find("..");
  const auto low = reader.duration(trimmed(text.substr(0, dots)), node.at, key);
  const auto high = reader.duration(trimmed(text.substr(dots + 2)), node.at, key);
  if (!low || !high) return std::nullopt;
  if (*low > *high) {
    reader.problem(node.at, in_quotes(key) + ": the range is reversed: write " + worded(*high) +
                                ".." + worded(*low));
    return std::nullopt;
  }
  return Span{Span::Kind::kRange, *low, *high};
}

std::optional<Span> read_quantiles(Reader& reader, const yaml::Node& node, std::string_view key) {
  struct Row {
    std::string_view name;
    Duration Span::*side;
  };
  constexpr Row kRows[] = {{"p50", &Span::low}, {"p99", &Span::high}};
  Span span{Span::Kind::kLogNormal, Duration(-1), Duration(-1)};
  bool good = true;
  read_keys(reader, node, key, kRows,
            [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
              const auto read = reader.duration(value, row.name);
              if (read)
                span.*row.side = *read;
              else
                good = false;
            });
  if (!good) return std::nullopt;
  for (const Row& row : kRows) {
    if (span.*row.side >= Duration(0)) continue;
    reader.problem(node.at, in_quotes(key) + " needs both \"p50\" and \"p99\"");
    return std::nullopt;
  }
  if (span.low <= Duration(0) || span.low > span.high) {
    reader.problem(node.at,
                   in_quotes(key) + ": \"p50\" must be above 0s and not longer than \"p99\"");
    return std::nullopt;
  }
  return span;
}

std::optional<Span> read_profile(Reader& reader, const yaml::Node& node, std::string_view key,
                                 std::optional<Span> Profile::*side) {
  std::vector<std::string> names;
  for (const Profile& profile : reader.profiles()) {
    if (profile.*side) names.push_back(profile.name);
    if (profile.name != node.scalar) continue;
    if (profile.*side) return profile.*side;
    reader.problem(node.at, "the profile " + in_quotes(node.scalar) + " has no figures for " +
                                in_quotes(key) + ": write a duration");
    return std::nullopt;
  }
  if (names.empty()) {
    reader.expected(node, key, "a duration such as 3s, a range 1s..3s or {p50: 2s, p99: 9s}");
  } else {
    reader.unknown_word(node, "duration or profile", names);
  }
  return std::nullopt;
}

bool begins_as_name(std::string_view text) {
  return !text.empty() &&
         ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

}  // namespace

std::optional<Span> read_span(Reader& reader, const yaml::Node& node, std::string_view key,
                              std::optional<Span> Profile::*profile) {
  if (node.is_mapping()) return read_quantiles(reader, node, key);
  if (!node.is_scalar()) {
    reader.expected(node, key, "a duration such as 3s, a range 1s..3s or {p50: 2s, p99: 9s}");
    return std::nullopt;
  }
  if (node.scalar.find("..") != std::string::npos) return read_range(reader, node, key);
  if (profile && begins_as_name(node.scalar)) return read_profile(reader, node, key, profile);
  const auto value = reader.duration(node, key);
  if (!value) return std::nullopt;
  return Span{Span::Kind::kFixed, *value, Duration(0)};
}

Duration Span::drawn(Draw& draw) const {
  if (kind == Kind::kFixed) return low;
  if (kind == Kind::kRange) {
    const auto width = static_cast<std::uint64_t>((high - low).count());
    return low + Duration(static_cast<std::int64_t>(draw.below(width + 1)));
  }
  // Box and Muller. Rounded to microseconds, so that the last bit of a machine's mathematics
  // library does not show.
  const double first = 1.0 - draw.fraction();  // above 0
  const double second = draw.fraction();
  const double normal =
      std::sqrt(-2.0 * std::log(first)) * std::cos(2.0 * std::numbers::pi * second);
  const auto median = static_cast<double>(low.count());
  const double sigma = std::log(static_cast<double>(high.count()) / median) / kNormal99;
  const double value = median * std::exp(sigma * normal);
  const double most = static_cast<double>(kLongestDrawn.count());
  return Duration(static_cast<std::int64_t>(std::round(std::min(value, most) / 1000.0)) * 1000);
}

}  // namespace emulator::scenario
