#include <doctest/doctest.h>

#include <string>

#include "emulator/base/json.h"
#include "emulator/providers/fal/realtime.h"

using namespace emulator;

namespace {

std::string packed(const Json& value) {
  const auto bytes = Json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("whatever the library writes is taken for msgpack, and no proper part of it") {
  const Json values[] = {
      nullptr,
      true,
      -1,
      300,
      1.5,
      "text",
      std::string(300, 'x'),
      std::string(70'000, 'x'),
      Json::array({1, 2, Json::array()}),
      Json(std::vector<int>(70'000, 1)),
      {{"prompt", "a red apple"},
       {"seed", 12345678901234567890u},
       {"nested", {{"a", {1, -70'000}}}}},
      Json::binary({1, 2, 3}),
      Json::binary({1, 2, 3, 4}, 7),
  };
  for (const Json& value : values) {
    const std::string bytes = packed(value);
    CHECK(fal::is_msgpack(bytes));
    CHECK_FALSE(fal::is_msgpack(bytes + '\0'));
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 64)
      CHECK_FALSE(fal::is_msgpack(bytes.substr(0, size)));
  }
}

TEST_CASE("nesting is bounded, and lengths that lie are no msgpack") {
  CHECK(fal::is_msgpack(std::string(50, '\x91') + '\xc0'));
  CHECK_FALSE(fal::is_msgpack(std::string(1'000'000, '\x91') + '\xc0'));
  CHECK_FALSE(fal::is_msgpack("\xdd\xff\xff\xff\xff"));
  CHECK_FALSE(fal::is_msgpack("\xdb\xff\xff\xff\xff"));
  CHECK_FALSE(fal::is_msgpack("\xc1"));
  CHECK_FALSE(fal::is_msgpack(""));
}
