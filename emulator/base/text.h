#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace emulator {

// "250ms", "3s", "1.5s", "10m", "2h", "7d"; a bare "0" too. The failure says what was expected.
Result<Duration, std::string> parse_duration(std::string_view text);
// The shortest exact form of the above: "10m", "1.5s", "0s".
std::string worded(Duration duration);

// "4096", "64KiB", "2MB", "1GiB". KB and MB count in thousands, KiB and MiB in 1,024.
Result<std::uint64_t, std::string> parse_size(std::string_view text);

// RFC 3339 in UTC: "2026-01-01T00:00:00Z", with a fraction, or with an offset.
Result<Instant, std::string> parse_instant(std::string_view text);
// RFC 3339 with exactly `digits` (0 to 9) digits of fraction, cut off, and "Z".
std::string rfc3339(Instant at, int digits);
// RFC 3339 as Go prints it: nanoseconds with trailing zeros (and a bare point) left out.
std::string rfc3339_trimmed(Instant at);
// "Mon, 14 Jul 2025 07:26:43 GMT", as HTTP wants it.
std::string http_date(Instant at);
// The same, worded once for all that fall into one second.
class HttpDates {
 public:
  const std::string& of(Instant at);

 private:
  std::chrono::sys_seconds second_{};
  std::string text_;
};
// strftime-like pieces of a date in UTC.
struct DateParts {
  int year, month, day, hour, minute, second;
  std::int64_t nanosecond;
};
DateParts date_parts(Instant at);

// The known word nearest to `word`, if near enough to be a likely slip (else nullopt).
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

// `*` matches any run of characters, `?` one. Case counts.
bool glob_matches(std::string_view pattern, std::string_view text);

// One word for a shell, between single quotes, where it takes everything as it is.
std::string shell_quoted(std::string_view text);

// All of it in one piece, for which memory is asked once.
std::string joined(std::initializer_list<std::string_view> parts);
std::string lower_case(std::string_view ascii);
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char at);
bool starts_with_name(std::string_view text, std::string_view prefix);  // ASCII, case ignored

// One code point of UTF-8 text, lone surrogates in three bytes (WTF-8) among them. Where the bytes
// are none, `valid` is false and `bytes` says how many to skip, as one U+FFFD.
struct CodePoint {
  char32_t value;
  std::size_t bytes;
  bool valid;
  bool is_surrogate() const { return value >= 0xD800 && value <= 0xDFFF; }
};
CodePoint code_point_at(std::string_view utf8, std::size_t at);  // `at` is inside the text
void append_utf8(std::string& out, char32_t value);

// The length of the part at the front that is ASCII alone. Looks at eight bytes at a time.
std::size_t ascii_run(std::string_view text);
// Number of code points of UTF-8 text (bytes that belong to none count one each).
std::size_t code_points(std::string_view utf8);
// Replaces what is not valid UTF-8 by U+FFFD.
std::string valid_utf8(std::string_view bytes);

std::string base64(std::string_view bytes);
// Standard or URL alphabet, padding optional, blanks skipped; nullopt when it is not base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace emulator
