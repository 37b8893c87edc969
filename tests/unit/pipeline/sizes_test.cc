#include "emulator/pipeline/sizes.h"

#include <doctest.h>

#include <string>

namespace emulator {

TEST_CASE("ratios are read as two positive numbers with a colon") {
  CHECK(*ratio_of("16:9") == doctest::Approx(16.0 / 9));
  CHECK(*ratio_of("2.5:1") == doctest::Approx(2.5));
  for (const char* bad : {"", ":", "16", "16:", ":9", "0:9", "16:0", "a:b", "16:9:1", "-1:2",
                          "1e9:1", "99999999999999:1"}) {
    INFO(bad);
    CHECK_FALSE(ratio_of(bad).has_value());
  }
}

TEST_CASE("each rule finds its size") {
  const Json area = {{"rule", "area"}, {"pixels", 4194304}, {"step", 64}, {"most", "21:9"}};
  CHECK(size_for(area, "16:9")->width == 2752);
  CHECK(size_for(area, "16:9")->height == 1536);
  CHECK(size_for(area, "9:1")->width == 3136);
  const Json nearest = {{"rule", "nearest"}, {"of", {{1024, 1024}, {1392, 752}}}};
  CHECK(size_for(nearest, 1.3)->width == 1024);
  CHECK(size_for(nearest, 1.5)->width == 1392);
  const Json table = {{"rule", "table"}, {"of", {{"1:1", {512, 512}}}}};
  CHECK(size_for(table, "1:1")->height == 512);
  CHECK_FALSE(size_for(table, "2:2").has_value());
  CHECK_FALSE(size_for(Json(nullptr), "1:1").has_value());
  CHECK_FALSE(size_for(area, "none").has_value());
}

TEST_CASE("sizes over the limit are brought within it, their ratio about kept") {
  const image::Size size = within({8000, 2000}, 4194304, 16);
  CHECK(size.width * size.height <= 4194304);
  CHECK(size.width % 16 == 0);
  CHECK(size.width / static_cast<double>(size.height) == doctest::Approx(4).epsilon(0.02));
  CHECK(within({100, 100}, 4194304, 16).width == 100);
  CHECK(within({1 << 20, 1 << 20}, 100, 16).width == 16);
}

TEST_CASE("files inside a value are found, addresses are not") {
  CHECK(*inline_file("aGk=") == "hi");
  CHECK(*inline_file("data:image/png;base64,aGk=") == "hi");
  CHECK_FALSE(inline_file("data:image/png,hi").has_value());
  CHECK_FALSE(inline_file("https://example.com/aGk=").has_value());
  CHECK_FALSE(inline_file("!").has_value());
}

}  // namespace emulator
