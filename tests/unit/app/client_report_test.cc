#include "emulator/app/client_report.h"

#include <doctest.h>

#include "emulator/app/verdict.h"

namespace emulator {
namespace {

judge::Finding found(FindingCode code, judge::Severity severity) {
  judge::Finding out;
  out.code = code;
  out.severity = severity;
  out.provider = "bfl";
  out.sandbox = "me";
  out.requests = {3, 7};
  out.what = "it \"did\" <that>";
  out.why = "because";
  out.remedy = "do not";
  return out;
}

judge::Judge::Report two() {
  judge::Judge::Report out;
  out.findings = {found(FindingCode::kPaidTwice, judge::Severity::kError),
                  found(FindingCode::kOldEndpoint, judge::Severity::kNote)};
  return out;
}

}  // namespace

TEST_CASE("findings are told in lines, with the requests that prove them") {
  const std::string lines = findings_lines(two());
  CHECK(lines.find("findings about the client: 1 error, 1 note") == 0);
  CHECK(lines.find("error    paid-twice  bfl") != std::string::npos);
  CHECK(lines.find("(me-3, me-7)") != std::string::npos);
  CHECK(findings_lines({}).empty());
  judge::Judge::Report full = two();
  full.not_kept = 4;
  CHECK(findings_lines(full).find("4 more that were not kept") != std::string::npos);
}

TEST_CASE("in JUnit those fail that are as severe as --fail-on says") {
  struct Row {
    const char* fail_on;
    std::size_t failures;
  };
  constexpr Row kRows[] = {{"never", 0}, {"error", 1}, {"warning", 1}, {"note", 2}};
  for (const Row& row : kRows) {
    CAPTURE(row.fail_on);
    const FindingCases cases = findings_cases(two(), severity_of(row.fail_on));
    CHECK(cases.cases == 2);
    CHECK(cases.failures == row.failures);
    const std::string xml = verdict_xml({}, {"npm test", 0, 1}, cases);
    CHECK(xml.find("tests=\"3\" failures=\"" + std::to_string(row.failures) + "\"") !=
          std::string::npos);
    CHECK(xml.find("<that>") == std::string::npos);
    CHECK(any_as_severe(two(), severity_of("note").value()));
  }
}

TEST_CASE("SARIF has a rule for each code, and results that point to rules and requests") {
  const Json sarif = findings_sarif(two(), {"1.2.3", "npm test", 1});
  CHECK(sarif["version"] == "2.1.0");
  const Json& run = sarif["runs"][0];
  const Json& rules = run["tool"]["driver"]["rules"];
  CHECK(rules.size() == kFindingWords.size());
  REQUIRE(run["results"].size() == 2);
  for (const Json& result : run["results"])
    CHECK(rules[result["ruleIndex"].get<std::size_t>()]["id"] == result["ruleId"]);
  CHECK(run["results"][0]["level"] == "error");
  CHECK(run["results"][0]["locations"][1]["logicalLocations"][0]["name"] == "me-7");
  CHECK(run["invocations"][0]["exitCode"] == 1);
}

}  // namespace emulator
