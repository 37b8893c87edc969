// What the client of a sandbox was found to do.
#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/judge/judge.h"

namespace emulator::control {
namespace {

std::vector<std::string> finding_codes() {
  std::vector<std::string> out;
  out.reserve(std::size(kFindingWords));
  for (const auto& known : kFindingWords) out.emplace_back(known.text);
  return out;
}

http::Reply in_words(const judge::Judge::Report& report) {
  http::Reply reply;
  reply.headers.add("content-type", "text/plain; charset=utf-8");
  for (const judge::Finding& one : report.findings)
    reply.body += (reply.body.empty() ? "" : "\n") + judge::finding_text(one);
  if (report.findings.empty()) reply.body = "Nothing was found.\n";
  if (report.not_kept > 0)
    reply.body += "\n" + std::to_string(report.not_kept) + " more were not kept (--max-findings)\n";
  return reply;
}

}  // namespace

http::Reply show_findings(const Call& call) {
  Query query(*call.request, {"format", "code", "provider", "severity"});
  const auto format = query.word("format", {"json", "text"});
  const auto code = query.word("code", finding_codes());
  const auto severity = query.word("severity", {"error", "warning", "note"});
  const auto provider = query.text("provider");
  if (query.failed()) return query.answer();
  const Sandbox& box = call.box();
  judge::Judge::Report report =
      call.parts.judge == nullptr ? judge::Judge::Report() : call.parts.judge->of(box);
  std::erase_if(report.findings, [&](const judge::Finding& one) {
    return (code && to_string(one.code) != *code) || (provider && one.provider != *provider) ||
           (severity && judge::to_string(one.severity) != *severity);
  });
  if (format == "text") return in_words(report);
  Json list = Json::array();
  for (const judge::Finding& one : report.findings) list.push_back(judge::finding_json(one));
  return json_reply(200, {{"findings", std::move(list)},
                          {"not_kept", report.not_kept},
                          {"allowed", report.allowed},
                          {"not_watched", report.not_watched}});
}

std::string findings_about(const Call& call, const Sandbox& box, std::uint64_t request) {
  if (call.parts.judge == nullptr) return "";
  std::string out;
  for (const judge::Finding& one : call.parts.judge->of(box).findings)
    if (std::find(one.requests.begin(), one.requests.end(), request) != one.requests.end())
      out += "\n" + judge::finding_text(one);
  return out.empty() ? "" : "\nFound about the client\n" + out;
}

}  // namespace emulator::control
