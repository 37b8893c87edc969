#include "emulator/base/roughly.h"

#include <doctest.h>

#include <string_view>

namespace emulator {
namespace {

using namespace std::chrono_literals;

TEST_CASE("for people a duration is told roughly") {
  struct Row {
    Duration duration;
    std::string_view text;
  };
  constexpr Row rows[] = {
      {0s, "0s"},           {46'699ns, "under 1ms"},
      {46ms, "46ms"},       {1'523'332'203ns, "1.5s"},
      {3s, "3s"},           {59'999ms, "59.9s"},
      {10min, "10m"},       {603s, "10m 3s"},
      {2h + 5min, "2h 5m"}, {47h, "47h"},
      {76h + 59s, "3d 4h"}, {-90s, "-1m 30s"},
  };
  for (const Row& row : rows) CHECK(roughly(row.duration) == row.text);
  CHECK(roughly(Duration::min()).starts_with("-106751d"));
}

}  // namespace
}  // namespace emulator
