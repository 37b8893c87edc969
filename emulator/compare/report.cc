#include "emulator/compare/report.h"

#include <algorithm>
#include <map>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::compare {
namespace {

// So many differences of one exchange are shown to people; the rest is counted.
constexpr std::size_t kShown = 5;

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string_view kind_word(Recording::Kind kind) {
  return kind == Recording::Kind::kHar        ? "har"
         : kind == Recording::Kind::kCassette ? "cassette"
                                              : "fixture";
}

std::string request_line(const Outcome& outcome, const Secrets& secrets) {
  return outcome.theirs->method + " " + secrets.hidden(outcome.theirs->url);
}

std::string place(const Outcome& outcome) {
  std::string out = "exchange " + std::to_string(outcome.theirs->number);
  if (outcome.theirs->line > 0) out += " (line " + std::to_string(outcome.theirs->line) + ")";
  return out;
}

std::string side(const std::string& value, const Secrets& secrets) {
  constexpr std::size_t kLongest = 160;
  if (value.empty()) return "nothing";
  std::string out = secrets.hidden(value);
  if (out.size() > kLongest) out = valid_utf8(out.substr(0, kLongest)) + "...";
  return out;
}

std::string shown(const Outcome& outcome, const Secrets& secrets) {
  std::string out = "  " + place(outcome) + ": " + request_line(outcome, secrets);
  if (!outcome.provider.empty())
    out += " (" + outcome.provider + (outcome.route.empty() ? "" : " " + outcome.route) + ")";
  out += "\n";
  std::size_t left = outcome.differences.size();
  for (const Difference& one : outcome.differences) {
    if (outcome.differences.size() - left == kShown) break;
    --left;
    out += "    " + std::string(to_string(one.kind)) + " " + one.path + ": theirs " +
           side(one.theirs, secrets) + ", ours " + side(one.ours, secrets);
    if (!one.contract.empty()) out += " (contract: " + one.contract + ")";
    out += "\n";
  }
  if (left > 0) out += "    and " + std::to_string(left) + " more; --format json has all\n";
  return out;
}

std::map<std::string, std::size_t> skipped_by_reason(const std::vector<Outcome>& outcomes) {
  std::map<std::string, std::size_t> out;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.skipped.empty()) ++out[outcome.skipped];
    if (outcome.skipped.empty() && !outcome.theirs->unread.empty()) ++out[outcome.theirs->unread];
  }
  return out;
}

std::string left_out(const Compared& one) {
  std::string out;
  for (const auto& [reason, count] : skipped_by_reason(one.outcomes))
    out += "  not compared: " + counted(count, "exchange") + ": " + reason + "\n";
  if (one.recording->unanswered > 0)
    out += "  not compared: " + counted(one.recording->unanswered, "exchange") +
           ": no answer was recorded\n";
  if (one.recording->other_hosts.empty()) return out;
  std::size_t count = 0;
  std::string hosts;
  for (const auto& [host, times] : one.recording->other_hosts) {
    count += times;
    if (hosts.size() < 200) hosts += (hosts.empty() ? "" : ", ") + host;
  }
  return out + "  not compared: " + counted(count, "exchange") + " with other hosts: " + hosts +
         "\n";
}

struct FileCount {
  std::size_t same = 0, different = 0, skipped = 0;
};

FileCount count_of(const std::vector<Outcome>& outcomes) {
  FileCount out;
  for (const Outcome& outcome : outcomes)
    ++(!outcome.skipped.empty()      ? out.skipped
       : outcome.differences.empty() ? out.same
                                     : out.different);
  return out;
}

Json file_json(const Compared& one, const Secrets& secrets) {
  const FileCount count = count_of(one.outcomes);
  Json out = {{"file", one.recording->file},
              {"kind", kind_word(one.recording->kind)},
              {"exchanges", one.outcomes.size()},
              {"same", count.same},
              {"different", count.different}};
  Json skipped = Json::object(), hosts = Json::object(), problems = Json::array();
  for (const auto& [reason, times] : skipped_by_reason(one.outcomes)) skipped[reason] = times;
  if (one.recording->unanswered > 0) skipped["no answer was recorded"] = one.recording->unanswered;
  for (const auto& [host, times] : one.recording->other_hosts) hosts[host] = times;
  for (const std::string& line : one.recording->problems) problems.push_back(secrets.hidden(line));
  out["not_compared"] = std::move(skipped);
  out["other_hosts"] = std::move(hosts);
  out["problems"] = std::move(problems);
  return out;
}

bool is_path(std::string_view text) {
  return text.starts_with("/") || text.starts_with("header:") || text == "status" ||
         text == "body" || text == "*";
}

}  // namespace

std::string ignored_problem(const std::string& text) {
  Class kind{};
  if (is_path(text) || class_of(text, kind)) return "";
  const auto colon = text.find(':');
  if (colon != std::string::npos && class_of(text.substr(0, colon), kind) &&
      is_path(text.substr(colon + 1)))
    return "";
  std::vector<std::string> words;
  for (int i = 0; i <= static_cast<int>(Class::kValue); ++i)
    words.emplace_back(to_string(static_cast<Class>(i)));
  return "\"" + text +
         "\" is neither a class (status, header, missing, extra, order, type, enumeration, text, "
         "form, size, value), nor a path (/result/seed, header:x-*), nor both (value:/cost)" +
         did_you_mean(text.substr(0, colon), words);
}

Ignored ignored_of(const std::string& text) {
  Class kind{};
  if (class_of(text, kind)) return {text, ""};
  if (is_path(text)) return {"", text};
  const auto colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void leave_out(std::vector<Outcome>& outcomes, const std::vector<Ignored>& ignored) {
  const auto is_ignored = [&](const Difference& one) {
    return std::any_of(ignored.begin(), ignored.end(), [&](const Ignored& rule) {
      return (rule.kind.empty() || rule.kind == to_string(one.kind)) &&
             (rule.path.empty() || glob_matches(rule.path, one.path));
    });
  };
  for (Outcome& outcome : outcomes) std::erase_if(outcome.differences, is_ignored);
}

Totals totals_of(const std::vector<Compared>& all) {
  Totals out;
  for (const Compared& one : all) {
    const FileCount count = count_of(one.outcomes);
    ++out.files;
    out.exchanges += one.outcomes.size();
    out.same += count.same;
    out.different += count.different;
    out.skipped += count.skipped;
    out.unread += one.recording->problems.size();
  }
  return out;
}

std::string report_text(const std::vector<Compared>& all, const Secrets& secrets) {
  std::string out;
  for (const Compared& one : all) {
    const FileCount count = count_of(one.outcomes);
    out += one.recording->file + ": " + counted(one.outcomes.size(), "exchange") + ", " +
           std::to_string(count.same) + " the same, " + std::to_string(count.different) +
           " different\n";
    for (const Outcome& outcome : one.outcomes)
      if (outcome.skipped.empty() && !outcome.differences.empty()) out += shown(outcome, secrets);
    out += left_out(one);
    for (const std::string& line : one.recording->problems)
      out += "  problem: " + secrets.hidden(line) + "\n";
  }
  const Totals sum = totals_of(all);
  out += "compared " + counted(sum.files, "file") + ": " + counted(sum.exchanges, "exchange") +
         ", " + std::to_string(sum.same) + " the same, " + std::to_string(sum.different) +
         " different" +
         (sum.skipped > 0 ? ", " + std::to_string(sum.skipped) + " not compared" : "") +
         (sum.unread > 0 ? "; " + counted(sum.unread, "problem") : "") + "\n";
  return out;
}

std::string report_json(const std::vector<Compared>& all, const Secrets& secrets) {
  Json files = Json::array(), differences = Json::array();
  for (const Compared& one : all) {
    files.push_back(file_json(one, secrets));
    for (const Outcome& outcome : one.outcomes) {
      for (const Difference& difference : outcome.differences) {
        Json row = {{"file", one.recording->file},
                    {"exchange", outcome.theirs->number},
                    {"request", request_line(outcome, secrets)},
                    {"class", to_string(difference.kind)},
                    {"path", difference.path},
                    {"theirs", secrets.hidden(difference.theirs)},
                    {"ours", secrets.hidden(difference.ours)}};
        if (!difference.contract.empty()) row["contract"] = difference.contract;
        differences.push_back(std::move(row));
      }
    }
  }
  const Totals sum = totals_of(all);
  return compact_json({{"ok", sum.different == 0 && sum.unread == 0},
                       {"files", std::move(files)},
                       {"differences", std::move(differences)}}) +
         "\n";
}

}  // namespace emulator::compare
