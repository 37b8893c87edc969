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
  contract::AreaSize area;
  area.pixels = 4194304;
  area.step = 64;
  area.most = ratio_of("21:9");
  CHECK(size_for(area, "16:9")->width == 2752);
  CHECK(size_for(area, "16:9")->height == 1536);
  CHECK(size_for(area, "9:1")->width == 3136);
  const contract::NearestSize nearest{{{1024, 1024}, {1392, 752}}};
  CHECK(size_for(nearest, 1.3)->width == 1024);
  CHECK(size_for(nearest, 1.5)->width == 1392);
  contract::TableSize table;
  table.of = {{"1:1", {512, 512}}};
  CHECK(size_for(table, "1:1")->height == 512);
  CHECK_FALSE(size_for(table, "2:2").has_value());
  CHECK_FALSE(size_for(contract::SizeRule(), "1:1").has_value());
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

TEST_CASE("a rule is scaled by the field it names") {
  contract::AreaSize area;
  area.pixels = 1048576;
  area.scale = {"resolution", {{"2k", 2}}};
  area.step = 16;
  CHECK(size_for(rule_for(area, {{"resolution", "2k"}}), 1.0)->width == 2048);
  CHECK(size_for(rule_for(area, {{"resolution", "1k"}}), 1.0)->width == 1024);
  area.pixels.reset();
  area.pixels_by = {{"1k", 1048576}};
  area.scale.of.clear();
  CHECK(size_for(rule_for(area, {{"resolution", "1k"}}), 1.0)->width == 1024);
  CHECK_FALSE(size_for(rule_for(area, {{"resolution", "9k"}}), 1.0).has_value());
  contract::TableSize table;
  table.of = {{"1:1", {512, 512}}};
  table.scale = {"resolution", {{"2k", 2}}};
  CHECK(size_for(rule_for(table, {{"resolution", "2k"}}), "1:1")->width == 1024);
}

}  // namespace emulator
