#include "emulator/app/verdict.h"

#include <doctest.h>

#include <string>

namespace emulator::test {
namespace {

Judged judged(std::uint64_t least, std::uint64_t most, std::uint64_t count) {
  return {"story", "story.yaml", 7, R"({"provider":"bfl"})", least, most, count};
}

}  // namespace

TEST_CASE("what is wanted reads as a person would say it") {
  CHECK(wanted(judged(3, 3, 0)) == "3");
  CHECK(wanted(judged(1, UINT64_MAX, 0)) == "at least 1");
  CHECK(wanted(judged(0, 2, 0)) == "at most 2");
  CHECK(wanted(judged(1, 4, 0)) == "1 to 4");
  CHECK(wanted(judged(0, 0, 0)) == "0");
}

TEST_CASE("an expectation is met within its bounds, both inclusive") {
  CHECK(judged(1, 2, 1).met());
  CHECK(judged(1, 2, 2).met());
  CHECK_FALSE(judged(1, 2, 0).met());
  CHECK_FALSE(judged(1, 2, 3).met());
}

TEST_CASE("the table has a line for each, with its place, and says nothing about nothing") {
  CHECK(verdict_table({}).empty());
  CHECK(verdict_table({judged(3, 3, 3), judged(1, UINT64_MAX, 0)}) ==
        "expect: 1 met, 1 unmet\n"
        "         wanted      counted  when\n"
        "  met    3           3        {\"provider\":\"bfl\"}  (story.yaml:7)\n"
        "  UNMET  at least 1  0        {\"provider\":\"bfl\"}  (story.yaml:7)\n");
}

TEST_CASE("the report is JUnit XML, whatever stands in names") {
  Judged odd = judged(1, 1, 0);
  odd.when = "{\"prompt\":\"<&>\x01\xff\"}";
  CHECK(verdict_xml({odd}, {"npm \"test\"", 1, 1.5}) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"2\" failures=\"2\" errors=\"0\" time=\"1.500\">\n"
        "  <testsuite name=\"provider-emulator\" tests=\"2\" failures=\"2\" errors=\"0\" "
        "time=\"1.500\">\n"
        "    <testcase classname=\"command\" name=\"npm &quot;test&quot;\" time=\"1.500\">\n"
        "      <failure message=\"ended with code 1\">ended with code 1</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"story\" name=\"{&quot;prompt&quot;:&quot;&lt;&amp;&gt; "
        "\xEF\xBF\xBD&quot;}: 1 time\" file=\"story.yaml:7\" time=\"0.000\">\n"
        "      <failure message=\"wanted 1, counted 0\">wanted 1, counted 0</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n</testsuites>\n");
}

TEST_CASE("the cases of a report are named in words") {
  const auto named = [](const std::string& when, std::uint64_t least, std::uint64_t most) {
    Judged one = judged(least, most, least);
    one.when = when;
    const std::string report = verdict_xml({one}, {"true", 0, 0});
    const auto from = report.find("name=\"", report.find("classname=\"story\"") + 17) + 6;
    return report.substr(from, report.find('"', from) - from);
  };
  CHECK(named(R"({"on":"submit","provider":"bfl"})", 3, 3) == "bfl submit: 3 times");
  CHECK(named(R"({"prompt":"beach","provider":"fal"})", 1, 1) == "fal, prompt beach: 1 time");
  CHECK(named(R"({"nth":2,"on":"poll"})", 1, UINT64_MAX) == "poll, nth 2: at least 1 time");
  CHECK(named("{}", 0, 2) == "any request: at most 2 times");
}

}  // namespace emulator::test
