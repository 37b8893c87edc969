#include "emulator/app/table.h"

#include <doctest.h>

namespace emulator::test {
namespace {

TEST_CASE("columns are as wide as their widest cell, and lines end without blanks") {
  CHECK(table_text({{"name", "path", "about"}, {"a-long-name", "/x", ""}, {"b", "", "text"}}) ==
        "name         path  about\n"
        "a-long-name  /x\n"
        "b                  text\n");
  CHECK(table_text({}).empty());
}

TEST_CASE("the last column is wrapped at a terminal's edge, and nowhere else") {
  const std::vector<std::vector<std::string>> rows{
      {"flaky", "every third submission is refused, and links die after a minute"}};
  CHECK(table_text(rows) ==
        "flaky  every third submission is refused, and links die after a minute\n");
  CHECK(table_text(rows, 40) ==
        "flaky  every third submission is\n"
        "       refused, and links die after a\n"
        "       minute\n");
  CHECK(table_text({{std::string(40, 'x'), "one two"}}, 40) ==
        std::string(40, 'x') + "  one two\n");
}

}  // namespace
}  // namespace emulator::test
