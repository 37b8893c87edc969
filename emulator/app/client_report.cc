#include "emulator/app/client_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "emulator/app/xml.h"
#include "emulator/base/crypto.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

using judge::Finding;
using judge::Severity;

constexpr std::size_t kShownOfEach = 3;  // findings of one code and provider

std::string request_ids(const Finding& finding) {
  std::string out;
  for (const std::uint64_t number : finding.requests)
    out += (out.empty() ? "" : ", ") + finding.sandbox + "-" + std::to_string(number);
  if (!finding.delivery.empty()) out += (out.empty() ? "" : ", ") + finding.delivery;
  return out;
}

std::string_view level_of(Severity severity) { return judge::to_string(severity); }

std::string counted(const judge::Judge::Report& report) {
  std::array<std::size_t, 3> counts{};
  for (const Finding& one : report.findings) ++counts[static_cast<std::size_t>(one.severity)];
  std::string out;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kNote})
    if (const std::size_t count = counts[static_cast<std::size_t>(severity)]; count > 0)
      out += (out.empty() ? "" : ", ") + std::to_string(count) + " " +
             std::string(judge::to_string(severity)) + (count == 1 ? "" : "s");
  return out;
}

std::string padded_to(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::string findings_lines(const judge::Judge::Report& report) {
  if (report.findings.empty() && report.not_kept == 0) return "";
  std::string out = "findings about the client: " + counted(report) + "\n";
  const auto& all = report.findings;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t next = i;
    while (next < all.size() && all[next].code == all[i].code &&
           all[next].severity == all[i].severity && all[next].provider == all[i].provider)
      ++next;
    out += "  " + padded_to(std::string(judge::to_string(all[i].severity)), 7) + "  " +
           std::string(to_string(all[i].code)) + "  " + all[i].provider;
    if (next - i > 1) out += ", " + std::to_string(next - i) + " of them";
    out += "\n";
    for (std::size_t k = i; k < next && k < i + kShownOfEach; ++k)
      out += "           " + valid_utf8(all[k].what) + " (" + request_ids(all[k]) + ")\n";
    out += "           do: " + all[i].remedy + "\n";
    i = next;
  }
  if (report.not_kept > 0)
    out +=
        "  and " + std::to_string(report.not_kept) + " more that were not kept (--max-findings)\n";
  return out;
}

FindingCases findings_cases(const judge::Judge::Report& report, std::optional<Severity> fail_on) {
  FindingCases out;
  for (const Finding& one : report.findings) {
    const bool fails = fail_on && one.severity >= *fail_on;
    ++out.cases;
    out.failures += fails ? 1 : 0;
    const std::string text = escaped_xml(judge::finding_text(one), LineBreaks::kKept);
    out.xml += "    <testcase classname=\"findings." + escaped_xml(one.provider) + "\" name=\"" +
               escaped_xml(std::string(to_string(one.code)) + ": " + one.what) + "\">\n";
    if (fails)
      out.xml += "      <failure message=\"" + escaped_xml(one.what) + "\" type=\"" +
                 std::string(judge::to_string(one.severity)) + "\">" + text + "</failure>\n";
    else
      out.xml += "      <system-out>" + text + "</system-out>\n";
    out.xml += "    </testcase>\n";
  }
  return out;
}

Json findings_sarif(const judge::Judge::Report& report, const SarifRun& run) {
  Json rules = Json::array();
  std::map<FindingCode, std::size_t> places;
  for (const judge::Entry& one : judge::catalogue()) {
    places.emplace(one.code, rules.size());
    rules.push_back({{"id", to_string(one.code)},
                     {"shortDescription", {{"text", one.seen}}},
                     {"fullDescription", {{"text", one.why}}},
                     {"help", {{"text", one.remedy}}},
                     {"defaultConfiguration", {{"level", level_of(one.severity)}}}});
  }
  Json results = Json::array();
  for (const Finding& one : report.findings) {
    Json places_seen = Json::array();
    const auto at = [&](std::string name) {
      places_seen.push_back(
          {{"logicalLocations",
            Json::array({{{"name", name},
                          {"fullyQualifiedName", one.provider + "/" + one.sandbox + "/" + name},
                          {"kind", "resource"}}})}});
    };
    for (const std::uint64_t number : one.requests) at(one.sandbox + "-" + std::to_string(number));
    if (!one.delivery.empty()) at(one.delivery);
    const std::string text = valid_utf8(one.what) + ". " + one.why + ". " + one.remedy + ".";
    Json result = {{"ruleId", to_string(one.code)},
                   {"ruleIndex", places.at(one.code)},
                   {"level", level_of(one.severity)},
                   {"message", {{"text", text}}},
                   {"locations", std::move(places_seen)},
                   {"occurrenceCount", one.times},
                   {"properties",
                    {{"provider", one.provider},
                     {"endpoint", valid_utf8(one.endpoint)},
                     {"task", valid_utf8(one.task)},
                     {"source", one.source}}}};
    // Ids differ from run to run; what a client does where does not.
    result["partialFingerprints"] = {
        {"clientFinding/v1", to_hex(sha256(std::string(to_string(one.code)) + "\n" + one.provider +
                                           "\n" + one.endpoint))
                                 .substr(0, 32)}};
    results.push_back(std::move(result));
  }
  Json invocation = {{"commandLine", valid_utf8(run.command)},
                     {"executionSuccessful", true},
                     {"exitCode", run.code}};
  Json one = {
      {"tool",
       {{"driver",
         {{"name", "provider-emulator"}, {"version", run.version}, {"rules", std::move(rules)}}}}},
      {"invocations", Json::array({std::move(invocation)})},
      {"results", std::move(results)},
      {"columnKind", "utf16CodeUnits"}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({std::move(one)})}};
}

std::optional<Severity> severity_of(std::string_view text) {
  for (const Severity one : {Severity::kNote, Severity::kWarning, Severity::kError})
    if (judge::to_string(one) == text) return one;
  return std::nullopt;
}

bool any_as_severe(const judge::Judge::Report& report, Severity severity) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [severity](const Finding& one) { return one.severity >= severity; });
}

}  // namespace emulator
