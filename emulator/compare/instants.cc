#include "emulator/compare/instants.h"

#include <cstdio>
#include <string>

#include "emulator/base/text.h"

namespace emulator::compare {
namespace {

// "Mon, 14 Jul 2025 07:26:43 GMT"
std::optional<Instant> of_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  char number[4];
  std::snprintf(number, sizeof number, "%02u", static_cast<unsigned>(month / 3 + 1) % 100);
  const std::string written = std::string(text.substr(12, 4)) + "-" + number + "-" +
                              std::string(text.substr(5, 2)) + "T" +
                              std::string(text.substr(17, 8)) + "Z";
  const auto at = parse_instant(written);
  return at ? std::optional<Instant>(*at) : std::nullopt;
}

}  // namespace

std::optional<Instant> instant_of(std::string_view text) {
  text = trimmed(text);
  if (const auto date = of_http_date(text)) return date;
  std::string written(text);
  // +0200 for +02:00, and no offset at all for UTC.
  const auto sign = written.find_last_of("+-");
  if (sign != std::string::npos && sign > 10 && written.size() - sign == 5)
    written.insert(sign + 3, ":");
  auto at = parse_instant(written);
  if (!at) at = parse_instant(written + "Z");
  return at ? std::optional<Instant>(*at) : std::nullopt;
}

}  // namespace emulator::compare
