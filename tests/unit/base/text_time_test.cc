#include <doctest.h>

#include "emulator/base/text.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

Instant at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return Instant(std::chrono::seconds(seconds) + Duration(nanoseconds));
}

TEST_CASE("a duration has a unit, and is written again in its shortest form") {
  struct Row {
    std::string_view text;
    Duration duration;
    std::string_view shortest;
  };
  constexpr Row rows[] = {
      {"0", 0ns, "0s"},
      {"0ms", 0ns, "0s"},
      {"250ms", 250ms, "250ms"},
      {"3s", 3s, "3s"},
      {"1.5s", 1500ms, "1.5s"},
      {"90s", 90s, "90s"},
      {"60s", 60s, "1m"},
      {"600s", 600s, "10m"},
      {"2h", 2h, "2h"},
      {"36h", 36h, "36h"},
      {"7d", 168h, "7d"},
      {"0.5ms", 500us, "0.5ms"},
      {"0.000001ms", 1ns, "0.000001ms"},
      {"100ms", 100ms, "100ms"},
      {"1.000000001s", 1000000001ns, "1.000000001s"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto duration = parse_duration(row.text);
    REQUIRE(duration);
    CHECK(*duration == row.duration);
    CHECK(worded(row.duration) == row.shortest);
    CHECK(*parse_duration(worded(row.duration)) == row.duration);
  }
  CHECK(worded(-90s) == "-90s");
}

TEST_CASE("what is no duration is told apart") {
  for (const char* text : {"", "s", "-1s", ".5s", "1.s", "1..5s", "1,5s", "3 s", "3S", "1m30s",
                           "99999999999999999999999s"})
    CHECK(parse_duration(text).error().find("expected a duration such as") == 0);
  CHECK(parse_duration("20").error() == "a duration needs a unit (ms, s, m, h or d), got \"20\"");
  CHECK(parse_duration("999999d").error() == "a duration is at most 106751d, got \"999999d\"");
}

TEST_CASE("instants are read in UTC, with fractions and offsets") {
  struct Row {
    std::string_view text;
    Instant instant;
  };
  const Row rows[] = {
      {"1970-01-01T00:00:00Z", at(0)},
      {"2026-01-01T00:00:00Z", at(1'767'225'600)},
      {"2026-01-01t00:00:00.25z", at(1'767'225'600, 250'000'000)},
      {"2026-01-01 02:00:00+02:00", at(1'767'225'600)},
      {"2025-12-31T19:30:00-04:30", at(1'767'225'600)},
      {"1969-12-31T23:59:59.5Z", at(-1, 500'000'000)},
      {"2024-02-29T12:00:00.1234567891Z", at(1'709'208'000, 123'456'789)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto instant = parse_instant(row.text);
    REQUIRE(instant);
    CHECK(*instant == row.instant);
  }
  for (const char* text :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+2:00",
        "1600-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026-1-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("instants are written with as many digits as the provider prints") {
  const Instant instant = at(1'752'477'995, 959'830'000);
  CHECK(rfc3339(instant, 0) == "2025-07-14T07:26:35Z");
  CHECK(rfc3339(instant, 3) == "2025-07-14T07:26:35.959Z");
  CHECK(rfc3339(instant, 6) == "2025-07-14T07:26:35.959830Z");
  CHECK(rfc3339(instant, 9) == "2025-07-14T07:26:35.959830000Z");
  CHECK(rfc3339_trimmed(instant) == "2025-07-14T07:26:35.95983Z");
  CHECK(rfc3339_trimmed(at(1'752'477'990)) == "2025-07-14T07:26:30Z");
  CHECK(rfc3339(at(-1, 500'000'000), 1) == "1969-12-31T23:59:59.5Z");
  CHECK(http_date(at(1'752'478'003)) == "Mon, 14 Jul 2025 07:26:43 GMT");
  CHECK(http_date(at(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
  HttpDates dates;
  for (const int second : {0, 1'752'478'003, 1'752'478'003, 1'752'478'004, 0})
    CHECK(dates.of(at(second) + Millis(999)) == http_date(at(second)));
  const DateParts parts = date_parts(instant);
  CHECK(parts.year == 2025);
  CHECK(parts.month == 7);
  CHECK(parts.day == 14);
  CHECK(parts.hour == 7);
  CHECK(parts.minute == 26);
  CHECK(parts.second == 35);
  CHECK(parts.nanosecond == 959'830'000);
}

}  // namespace
}  // namespace emulator
