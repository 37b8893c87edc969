// Durations and dates of text.h.
#include <array>
#include <limits>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

__extension__ using Wide = __int128;

struct DurationUnit {
  std::string_view name;
  std::int64_t nanoseconds;
};
// Largest first, so that of equally short forms the larger unit is taken.
constexpr std::array<DurationUnit, 5> kDurationUnits{{{"d", 86'400'000'000'000},
                                                      {"h", 3'600'000'000'000},
                                                      {"m", 60'000'000'000},
                                                      {"s", 1'000'000'000},
                                                      {"ms", 1'000'000}}};
constexpr std::int64_t kMostNanoseconds = std::numeric_limits<std::int64_t>::max();

// The number of `count` digits at the front of `text`, which are taken off; -1 if they are not.
int take_number(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Nanoseconds of ".123", digits beyond the ninth cut off; -1 when no digit follows the point.
std::int64_t take_fraction(std::string_view& text) {
  if (!take(text, ".")) return 0;
  std::int64_t nanoseconds = 0;
  std::int64_t place = 100'000'000;
  if (text.empty() || !is_digit(text.front())) return -1;
  while (!text.empty() && is_digit(text.front())) {
    nanoseconds += place * (text.front() - '0');
    place /= 10;
    text.remove_prefix(1);
  }
  return nanoseconds;
}

// Seconds east of UTC of "Z" or "+02:00", which must be all that is left.
std::optional<int> offset_of(std::string_view text) {
  if (take(text, "Zz")) return text.empty() ? std::optional<int>(0) : std::nullopt;
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const int hours = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int minutes = take_number(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  return (west ? -60 : 60) * (hours * 60 + minutes);
}

// `count` as an exact decimal of `unit` with at most nine places, or "" when there is none.
std::string in_unit(std::int64_t count, const DurationUnit& unit) {
  std::string text = std::to_string(count / unit.nanoseconds);
  std::int64_t rest = count % unit.nanoseconds;
  if (rest != 0) text += '.';
  for (int place = 0; rest != 0; ++place) {
    if (place == 9) return "";
    rest *= 10;
    text += static_cast<char>('0' + rest / unit.nanoseconds);
    rest %= unit.nanoseconds;
  }
  return text.append(unit.name);
}

// Appends `number`, which is not negative, with at least `width` digits.
void put_digits(std::string& out, std::int64_t number, int width) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
    --width;
  } while (number != 0 || width > 0);
  out.append(digits.data() + at, digits.size() - at);
}

void put_time_of_day(std::string& out, const DateParts& date) {
  put_digits(out, date.hour, 2);
  out += ':';
  put_digits(out, date.minute, 2);
  out += ':';
  put_digits(out, date.second, 2);
}

}  // namespace

Result<Duration, std::string> parse_duration(std::string_view text) {
  // Worded only when it is needed: durations of a contract are read for every reply.
  const auto got = [text] { return ", got \"" + std::string(text) + "\""; };
  const auto wrong = [&got] {
    return Failure<std::string>{"expected a duration such as 250ms, 3s, 1.5s, 10m, 2h or 7d" +
                                got()};
  };
  if (text == "0") return Duration(0);
  Wide number = 0;
  Wide scale = 1;
  std::size_t at = 0;
  bool fraction = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !fraction)); ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    if (at >= 20) return wrong();
    number = number * 10 + (text[at] - '0');
    if (fraction) scale *= 10;
  }
  if (at == 0 || !is_digit(text[0]) || !is_digit(text[at - 1])) return wrong();
  const std::string_view unit = text.substr(at);
  if (unit.empty())
    return Failure<std::string>{"a duration needs a unit (ms, s, m, h or d)" + got()};
  for (const DurationUnit& known : kDurationUnits) {
    if (known.name != unit) continue;
    const Wide nanoseconds = number * known.nanoseconds / scale;
    if (nanoseconds > kMostNanoseconds)
      return Failure<std::string>{"a duration is at most 106751d" + got()};
    return Duration(static_cast<std::int64_t>(nanoseconds));
  }
  return wrong();
}

std::string worded(Duration duration) {
  std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const bool negative = count < 0;
  if (negative)
    count = count == std::numeric_limits<std::int64_t>::min() ? kMostNanoseconds : -count;
  std::string shortest;
  for (const DurationUnit& unit : kDurationUnits) {
    if (count < unit.nanoseconds && unit.name != "ms") continue;  // 100ms rather than 0.1s
    std::string text = in_unit(count, unit);
    if (text.empty()) continue;
    if (shortest.empty() || text.size() < shortest.size()) shortest = std::move(text);
  }
  return negative ? "-" + shortest : shortest;
}

Result<Instant, std::string> parse_instant(std::string_view text) {
  using std::chrono::seconds;
  const Failure<std::string> wrong{"expected a time such as 2026-01-01T00:00:00Z, got \"" +
                                   std::string(text) + "\""};
  const int year = take_number(text, 4);
  if (!take(text, "-")) return wrong;
  const int month = take_number(text, 2);
  if (!take(text, "-")) return wrong;
  const int day = take_number(text, 2);
  if (!take(text, "Tt ")) return wrong;
  const int hour = take_number(text, 2);
  if (!take(text, ":")) return wrong;
  const int minute = take_number(text, 2);
  if (!take(text, ":")) return wrong;
  const int second = take_number(text, 2);
  const std::int64_t nanoseconds = take_fraction(text);
  const std::optional<int> offset = offset_of(text);
  // The years an Instant can hold, less the two that it holds only in part.
  if (year < 1678 || year > 2261 || month < 1 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59 || nanoseconds < 0 || !offset)
    return wrong;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return wrong;
  return Instant(std::chrono::sys_days(date).time_since_epoch() +
                 seconds(hour * 3600 + minute * 60 + second - *offset) + Duration(nanoseconds));
}

DateParts date_parts(Instant at) {
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(days);
  const std::int64_t rest = (at - days).count();
  const std::int64_t seconds = rest / 1'000'000'000;
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(seconds / 3600),
          static_cast<int>(seconds / 60 % 60),
          static_cast<int>(seconds % 60),
          rest % 1'000'000'000};
}

std::string rfc3339(Instant at, int digits) {
  const DateParts date = date_parts(at);
  std::string text;
  text.reserve(32);
  put_digits(text, date.year, 4);
  text += '-';
  put_digits(text, date.month, 2);
  text += '-';
  put_digits(text, date.day, 2);
  text += 'T';
  put_time_of_day(text, date);
  if (digits > 0) {
    text += '.';
    const std::size_t fraction = text.size();
    put_digits(text, date.nanosecond, 9);
    text.resize(fraction + static_cast<std::size_t>(digits));
  }
  return text += 'Z';
}

std::string rfc3339_trimmed(Instant at) {
  std::string text = rfc3339(at, 9);
  text.pop_back();
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text += 'Z';
}

std::string http_date(Instant at) {
  static constexpr std::array<const char*, 7> kDays{"Sun, ", "Mon, ", "Tue, ", "Wed, ",
                                                    "Thu, ", "Fri, ", "Sat, "};
  static constexpr std::array<const char*, 12> kMonths{" Jan ", " Feb ", " Mar ", " Apr ",
                                                       " May ", " Jun ", " Jul ", " Aug ",
                                                       " Sep ", " Oct ", " Nov ", " Dec "};
  const DateParts date = date_parts(at);
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(at));
  std::string text;
  text.reserve(32);
  text += kDays[day.c_encoding()];
  put_digits(text, date.day, 2);
  text += kMonths[static_cast<std::size_t>(date.month - 1)];
  put_digits(text, date.year, 4);
  text += ' ';
  put_time_of_day(text, date);
  return text += " GMT";
}

const std::string& HttpDates::of(Instant at) {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  if (second != second_ || text_.empty()) {
    second_ = second;
    text_ = http_date(at);
  }
  return text_;
}

}  // namespace emulator
