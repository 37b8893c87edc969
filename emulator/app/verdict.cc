#include "emulator/app/verdict.h"

#include <algorithm>
#include <cstdio>

#include "emulator/app/xml.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

std::string place(const Judged& expected) {
  std::string out = expected.file;
  out += ':';
  out += std::to_string(expected.line);
  return out;
}

std::size_t unmet_in(const std::vector<Judged>& list) {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [](const Judged& one) { return !one.met(); }));
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string in_seconds(double seconds) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3f", seconds);
  return out;
}

// {"provider":"bfl","on":"submit","prompt":"beach"} as "bfl submit, prompt beach".
std::string in_words(const std::string& when) {
  const auto conditions = decode_json(when);
  if (!conditions || !conditions->is_object()) return when;
  std::string out;
  for (const char* first : {"provider", "on"})
    if (const auto found = conditions->find(first);
        found != conditions->end() && found->is_string())
      out += (out.empty() ? "" : " ") + found->get<std::string>();
  for (const auto& [name, value] : conditions->items()) {
    if (value.is_string() && (name == "provider" || name == "on")) continue;
    out += (out.empty() ? "" : ", ") + name + " ";
    out += value.is_string() ? value.get<std::string>() : compact_json(value);
  }
  return out.empty() ? "any request" : out;
}

// A name that stays the same from run to run, so that reports can be compared.
std::string case_name(const Judged& expected) {
  const std::string count = wanted(expected);
  return in_words(expected.when) + ": " + count +
         (count == "1" || count.ends_with(" 1") ? " time" : " times");
}

std::string case_xml(const std::string& suite, const std::string& name, const std::string& place,
                     const std::string& failure, double seconds = 0) {
  std::string out = "    <testcase classname=\"";
  out += escaped_xml(suite) + "\" name=\"" + escaped_xml(name) + "\"";
  if (!place.empty()) out += " file=\"" + escaped_xml(place) + "\"";
  out += " time=\"" + in_seconds(seconds) + "\"";
  if (failure.empty()) return out + "/>\n";
  return out + ">\n      <failure message=\"" + escaped_xml(failure) + "\">" +
         escaped_xml(failure) + "</failure>\n    </testcase>\n";
}

}  // namespace

std::string wanted(const Judged& expected) {
  std::string least = std::to_string(expected.at_least);
  if (expected.at_least == expected.at_most) return least;
  if (expected.at_most == UINT64_MAX) return "at least " + least;
  const std::string most = std::to_string(expected.at_most);
  return expected.at_least == 0 ? "at most " + most : least + " to " + most;
}

std::string verdict_table(const std::vector<Judged>& list) {
  if (list.empty()) return "";
  std::size_t widest = 6;
  for (const Judged& one : list) widest = std::max(widest, wanted(one).size());
  std::string out = "expect: ";
  const std::size_t unmet = unmet_in(list);
  out += std::to_string(list.size() - unmet) + " met, " + std::to_string(unmet) + " unmet\n";
  out += "         " + padded("wanted", widest) + "  counted  when\n";
  for (const Judged& one : list)
    out += std::string(one.met() ? "  met    " : "  UNMET  ") + padded(wanted(one), widest) + "  " +
           padded(std::to_string(one.count), 7) + "  " + valid_utf8(one.when) + "  (" + place(one) +
           ")\n";
  return out;
}

std::string verdict_xml(const std::vector<Judged>& list, const CommandResult& command,
                        const FindingCases& findings) {
  const std::size_t failures = unmet_in(list) + (command.code != 0 ? 1 : 0) + findings.failures;
  std::string counts = " tests=\"" + std::to_string(list.size() + 1 + findings.cases) +
                       "\" failures=\"" + std::to_string(failures) + "\" errors=\"0\" time=\"";
  counts += in_seconds(command.seconds);
  counts += '"';
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  out += counts + ">\n  <testsuite name=\"provider-emulator\"" + counts + ">\n";
  out += case_xml("command", command.line, "",
                  command.code == 0 ? "" : "ended with code " + std::to_string(command.code),
                  command.seconds);
  for (const Judged& one : list)
    out += case_xml(
        one.scenario, case_name(one), place(one),
        one.met() ? "" : "wanted " + wanted(one) + ", counted " + std::to_string(one.count));
  return out + findings.xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace emulator
