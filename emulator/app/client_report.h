#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/judge/judge.h"

// What `run` says of the client when it has ended.
namespace emulator {

// Lines for stderr, grouped by what was found, worst first. "" when nothing was found.
std::string findings_lines(const judge::Judge::Report& report);

// Test cases for a JUnit report, and how many of them are failures: those at least as severe as
// `fail_on`; nullopt: none.
struct FindingCases {
  std::string xml;
  std::size_t cases = 0, failures = 0;
};
FindingCases findings_cases(const judge::Judge::Report& report,
                            std::optional<judge::Severity> fail_on);

// The findings as SARIF 2.1.0, for tools that show results of analyses.
struct SarifRun {
  std::string version;  // ours
  std::string command;  // as it was typed
  int code = 0;         // what it ended with
};
Json findings_sarif(const judge::Judge::Report& report, const SarifRun& run);

// The severity that a word of `--fail-on` names; nullopt for `never`, and for any other word.
std::optional<judge::Severity> severity_of(std::string_view word);
// Whether something was found that is at least that severe.
bool any_as_severe(const judge::Judge::Report& report, judge::Severity severity);

}  // namespace emulator
