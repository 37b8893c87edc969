#include "emulator/app/hunt_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "emulator/app/xml.h"
#include "emulator/base/text.h"

namespace emulator::hunt {
namespace {

constexpr std::size_t kFindingsShown = 5;

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

std::array<std::size_t, 5> counts_of(const Hunt& hunt) {
  std::array<std::size_t, 5> out{};
  for (const Judgement& one : hunt.trials) ++out[static_cast<std::size_t>(one.verdict)];
  return out;
}

std::string sums_line(const Hunt& hunt) {
  const auto counts = counts_of(hunt);
  std::string out = std::to_string(hunt.trials.size()) + " trials in " + seconds_text(hunt.seconds);
  for (const Verdict one :
       {Verdict::kMisbehaved, Verdict::kHung, Verdict::kBroke, Verdict::kTold, Verdict::kHeld})
    out += ", " + std::to_string(counts[static_cast<std::size_t>(one)]) + " " +
           std::string(to_string(one));
  return out;
}

// Codes of what was found, the errors first.
std::string codes_of(const Json& findings) {
  std::vector<std::string> seen;
  for (const Json& one : findings) {
    const std::string code = one.value("code", "");
    if (std::find(seen.begin(), seen.end(), code) == seen.end()) seen.push_back(code);
  }
  std::string out;
  for (const std::string& code : seen) out += (out.empty() ? "" : ", ") + code;
  return out;
}

std::string padded_right(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::vector<const Judgement*> worst_first(const Hunt& hunt) {
  std::vector<const Judgement*> out;
  for (const Judgement& one : hunt.trials) out.push_back(&one);
  std::stable_sort(out.begin(), out.end(),
                   [](const Judgement* a, const Judgement* b) { return a->verdict > b->verdict; });
  return out;
}

std::string what_it_means(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHeld:
      return "the command passed";
    case Verdict::kTold:
      return "it failed in time and behaved, which is right for what is final";
    case Verdict::kBroke:
      return "it failed where a good client goes on";
    case Verdict::kHung:
      return "it did not end in ten times its usual time";
    case Verdict::kMisbehaved:
      return "it did what would cost money, pictures or access";
  }
  return "";
}

std::string cell(std::string_view text) { return "<td>" + escaped_xml(text) + "</td>"; }

std::string details_html(const Hunt& hunt, const Judgement& one) {
  std::string out;
  std::size_t shown = 0;
  for (const Json& finding : one.findings) {
    if (++shown > kFindingsShown) break;
    out += "<p><b>" + escaped_xml(finding.value("code", "")) + "</b> (" +
           escaped_xml(finding.value("severity", "")) +
           "): " + escaped_xml(finding.value("what", "")) +
           ".<br>Why: " + escaped_xml(finding.value("why", "")) +
           ".<br>Do: " + escaped_xml(finding.value("remedy", "")) + ".</p>";
  }
  if (one.findings.size() > kFindingsShown)
    out += "<p>and " + std::to_string(one.findings.size() - kFindingsShown) + " more</p>";
  if (!one.file.empty()) {
    out += "<p>Repeat:</p><pre>" + escaped_xml(repeat_line(hunt, one)) + "</pre>";
    std::string rules;
    for (const Rule& rule : one.trial.rules) rules += rule.rule.dump() + "\n";
    out += "<p>Rules:</p><pre>" + escaped_xml(rules, LineBreaks::kKept) + "</pre>";
  }
  if (is_bad(one.verdict) && !one.output.empty())
    out += "<p>The end of its output:</p><pre>" + escaped_xml(one.output, LineBreaks::kKept) +
           "</pre>";
  return out.empty() ? "" : "<details><summary>more</summary>" + out + "</details>";
}

constexpr const char* kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;"
    "background:#fff;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;"
    "border-bottom:1px solid #ddd;vertical-align:top}"
    "pre{background:#f4f4f4;padding:.6rem;overflow:auto;white-space:pre-wrap}"
    ".v{font-weight:600;border-radius:.3rem;padding:.1rem .45rem;color:#fff}"
    ".held{background:#1d7a3a}.told{background:#4a6a8a}.broke{background:#b35900}"
    ".hung{background:#8a3ab0}.misbehaved{background:#b3202a}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}"
    "td,th{border-color:#333}pre{background:#222}}";

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHeld:
      return "held";
    case Verdict::kTold:
      return "told";
    case Verdict::kBroke:
      return "broke";
    case Verdict::kHung:
      return "hung";
    case Verdict::kMisbehaved:
      return "misbehaved";
  }
  return "";
}

bool found_anything(const Hunt& hunt) {
  return std::any_of(hunt.trials.begin(), hunt.trials.end(),
                     [](const Judgement& one) { return is_bad(one.verdict); });
}

std::string repeat_line(const Hunt& hunt, const Judgement& one) {
  return "provider-emulator run --scenario " + hunt.folder + "/" + one.file + " -- " + hunt.command;
}

Json report_json(const Hunt& hunt) {
  Json trials = Json::array();
  for (const Judgement& one : hunt.trials) {
    Json rules = Json::array();
    for (const Rule& rule : one.trial.rules) rules.push_back(rule.rule);
    trials.push_back({{"outcome", one.trial.outcome},
                      {"provider", one.trial.provider},
                      {"on", one.trial.on},
                      {"occasion", one.trial.occasion},
                      {"transient", one.trial.transient()},
                      {"verdict", to_string(one.verdict)},
                      {"code", one.code},
                      {"seconds", one.seconds},
                      {"findings", one.findings},
                      {"rules", std::move(rules)},
                      {"file", one.file}});
  }
  return {{"version", hunt.version},    {"command", valid_utf8(hunt.command)},
          {"seed", hunt.seed},          {"seconds", hunt.seconds},
          {"planned", hunt.planned},    {"cut_short", hunt.cut_short},
          {"trials", std::move(trials)}};
}

std::string report_html(const Hunt& hunt) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>What breaks the client</title>"
      "<style>";
  out += kStyle;
  out += "</style></head><body>\n<h1>What breaks the client</h1>\n<p><code>" +
         escaped_xml(hunt.command) + "</code></p>\n<p>" + escaped_xml(sums_line(hunt)) + ". Seed " +
         std::to_string(hunt.seed) + ", provider-emulator " + escaped_xml(hunt.version) + ".";
  if (hunt.cut_short) out += " <b>Cut short: not every outcome was tried.</b>";
  out +=
      "</p>\n<table><thead><tr><th>verdict</th><th>outcome</th><th>provider</th><th>on</th>"
      "<th>occasion</th><th>time</th><th>found</th></tr></thead><tbody>\n";
  for (const Judgement* one : worst_first(hunt)) {
    const std::string verdict(to_string(one->verdict));
    out.append("<tr><td><span class=\"v ").append(verdict).append("\" title=\"");
    out += escaped_xml(what_it_means(one->verdict)) + "\">" + verdict + "</span></td>" +
           cell(one->trial.outcome) + cell(one->trial.provider) + cell(one->trial.on) +
           cell(one->trial.occasion) + cell(seconds_text(one->seconds)) + "<td>" +
           escaped_xml(codes_of(one->findings)) + details_html(hunt, *one) + "</td></tr>\n";
  }
  out += "</tbody></table>\n<h2>The verdicts</h2>\n<ul>";
  for (const Verdict one :
       {Verdict::kHeld, Verdict::kTold, Verdict::kBroke, Verdict::kHung, Verdict::kMisbehaved})
    out += "<li><span class=\"v " + std::string(to_string(one)) + "\">" +
           std::string(to_string(one)) + "</span> " + escaped_xml(what_it_means(one)) + "</li>";
  return out + "</ul>\n</body></html>\n";
}

std::string report_lines(const Hunt& hunt) {
  std::string out = "hunt: " + sums_line(hunt) + "\n";
  if (hunt.cut_short) out += "      cut short: not every outcome was tried\n";
  for (const Judgement* one : worst_first(hunt)) {
    if (!is_bad(one->verdict)) break;
    out += "  " + padded_right(std::string(to_string(one->verdict)), 10) + "  " +
           one->trial.outcome + " (" + one->trial.provider + " " + one->trial.on + ", " +
           one->trial.occasion + ")";
    if (const std::string codes = codes_of(one->findings); !codes.empty()) out += ": " + codes;
    out += "\n";
    if (!one->file.empty()) out += "              " + repeat_line(hunt, *one) + "\n";
  }
  return out + "      " + hunt.folder + "/report.html\n";
}

}  // namespace emulator::hunt
