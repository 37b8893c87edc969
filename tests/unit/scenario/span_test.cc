#include <doctest.h>

#include <algorithm>

#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

Span span_of(const std::string& text) {
  const auto then = load_then("run: " + text, vocabulary());
  REQUIRE(then);
  REQUIRE(then->run);
  return *then->run;
}

TEST_CASE("durations are written fixed, as a range, or by two quantiles") {
  struct Row {
    const char* text;
    Span::Kind kind;
    Duration low, high;
  };
  const Row rows[] = {
      {"0", Span::Kind::kFixed, 0s, 0s},
      {"0s", Span::Kind::kFixed, 0s, 0s},
      {"250ms", Span::Kind::kFixed, 250ms, 0s},
      {"1.5s", Span::Kind::kFixed, 1500ms, 0s},
      {"7d", Span::Kind::kFixed, 168h, 0s},
      {"4s..6s", Span::Kind::kRange, 4s, 6s},
      {"0..6s", Span::Kind::kRange, 0s, 6s},
      {"500ms .. 1m", Span::Kind::kRange, 500ms, 60s},
      {"{p50: 2s, p99: 9s}", Span::Kind::kLogNormal, 2s, 9s},
      {"{p99: 9s, p50: 9s}", Span::Kind::kLogNormal, 9s, 9s},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Span span = span_of(row.text);
    CHECK(span.kind == row.kind);
    CHECK(span.low == row.low);
    CHECK(span.high == row.high);
  }
}

TEST_CASE("a fixed duration is drawn as it is written") {
  Draw draw(1);
  CHECK(span_of("3s").drawn(draw) == 3s);
}

TEST_CASE("a range is drawn evenly, both ends included") {
  const Span span = span_of("4s..6s");
  Draw draw(1);
  Duration least = 1h, most = 0s, sum = 0s;
  constexpr int kDraws = 10'000;
  for (int i = 0; i < kDraws; ++i) {
    const Duration drawn = span.drawn(draw);
    least = std::min(least, drawn);
    most = std::max(most, drawn);
    sum += drawn;
  }
  CHECK(least >= 4s);
  CHECK(least < 4010ms);
  CHECK(most <= 6s);
  CHECK(most > 5990ms);
  CHECK(sum / kDraws > 4950ms);
  CHECK(sum / kDraws < 5050ms);
  Draw other(2);
  CHECK(span_of("5s..5s").drawn(other) == 5s);
}

TEST_CASE("a log-normal keeps the quantiles that were asked for") {
  const Span span = span_of("{p50: 2s, p99: 9s}");
  Draw draw(1);
  constexpr int kDraws = 20'000;
  int below_median = 0, above_p99 = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Duration drawn = span.drawn(draw);
    CHECK(drawn >= 0s);
    if (drawn < 2s) ++below_median;
    if (drawn > 9s) ++above_p99;
  }
  CHECK(below_median > kDraws * 48 / 100);
  CHECK(below_median < kDraws * 52 / 100);
  CHECK(above_p99 > kDraws * 7 / 1000);
  CHECK(above_p99 < kDraws * 13 / 1000);
}

TEST_CASE("equal draws give equal durations, and extreme ones stay within ten years") {
  const Span span = span_of("{p50: 1ms, p99: 3650d}");
  Draw a(42), b(42);
  for (int i = 0; i < 1000; ++i) {
    const Duration drawn = span.drawn(a);
    CHECK(drawn == span.drawn(b));
    CHECK(drawn <= 24h * 3650);
  }
}

TEST_CASE("where no profile is known, a word is no duration") {
  const auto loaded = load("f", "defaults: { queue: fast }", Vocabulary{});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().front().text ==
        "\"queue\" expects a duration such as 3s, a range 1s..3s or {p50: 2s, p99: 9s}, got "
        "\"fast\"");
}

TEST_CASE("a profile stands for the times recorded at a provider") {
  const Span span = span_of("bfl-flux");
  CHECK(span.kind == Span::Kind::kRange);
  CHECK(span.low == 1640ms);
  CHECK(span.high == 10s);
}

}  // namespace
}  // namespace emulator::scenario
