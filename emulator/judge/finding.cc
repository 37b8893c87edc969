#include "emulator/judge/finding.h"

#include <algorithm>
#include <tuple>

#include "emulator/base/text.h"

namespace emulator::judge {
namespace {

std::string request_id(const Finding& finding, std::uint64_t number) {
  return finding.sandbox + "-" + std::to_string(number);
}

}  // namespace

std::size_t Finding::bytes() const {
  return sizeof(Finding) + provider.size() + endpoint.size() + sandbox.size() + task.size() +
         requests.capacity() * sizeof(std::uint64_t) + delivery.size() + what.size() + why.size() +
         remedy.size() + source.size();
}

Json finding_json(const Finding& finding) {
  Json requests = Json::array();
  for (const std::uint64_t number : finding.requests)
    requests.push_back(request_id(finding, number));
  return {{"code", to_string(finding.code)},  {"severity", to_string(finding.severity)},
          {"provider", finding.provider},     {"endpoint", valid_utf8(finding.endpoint)},
          {"sandbox", finding.sandbox},       {"task", valid_utf8(finding.task)},
          {"requests", std::move(requests)},  {"webhook", finding.delivery},
          {"at", rfc3339(finding.at, 3)},     {"times", finding.times},
          {"what", valid_utf8(finding.what)}, {"why", finding.why},
          {"remedy", finding.remedy},         {"source", finding.source}};
}

std::string finding_text(const Finding& finding) {
  std::string out = std::string(to_string(finding.severity)) + "  " +
                    std::string(to_string(finding.code)) + "  " + finding.provider;
  if (!finding.endpoint.empty()) out += " " + valid_utf8(finding.endpoint);
  out += "\n  Seen: " + valid_utf8(finding.what);
  if (finding.times > 1) out += " (" + std::to_string(finding.times) + " times)";
  out += "\n  By: ";
  for (std::size_t i = 0; i < finding.requests.size(); ++i)
    out += (i == 0 ? "" : ", ") + request_id(finding, finding.requests[i]);
  if (!finding.delivery.empty()) out += (finding.requests.empty() ? "" : ", ") + finding.delivery;
  out += " in sandbox " + finding.sandbox + ", at " + rfc3339(finding.at, 3);
  if (!finding.task.empty()) out += ", task " + valid_utf8(finding.task);
  out += "\n  Why: " + finding.why;
  if (!finding.source.empty()) out += " (" + finding.source + ")";
  return out + "\n  Do: " + finding.remedy + "\n";
}

void sort_findings(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return std::tie(a.code, a.provider, a.at) < std::tie(b.code, b.provider, b.at);
  });
}

}  // namespace emulator::judge
