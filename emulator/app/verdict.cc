#include "emulator/app/verdict.h"

#include <algorithm>
#include <cstdio>

#include "emulator/base/text.h"

namespace emulator {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (code < 0x20 && c != '\t')
      out += ' ';  // XML 1.0 has no way to write most of them
    else
      out += c;
  }
  return out;
}

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

std::string filled_up(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string case_xml(const std::string& suite, const std::string& name, const std::string& place,
                     const std::string& failure) {
  std::string out = "    <testcase classname=\"";
  out += escaped(suite) + "\" name=\"" + escaped(name) + "\"";
  if (!place.empty()) out += " file=\"" + escaped(place) + "\"";
  if (failure.empty()) return out + "/>\n";
  return out + ">\n      <failure message=\"" + escaped(failure) + "\">" + escaped(failure) +
         "</failure>\n    </testcase>\n";
}

}  // namespace

std::string wanted(const Judged& expected) {
  const std::string least = std::to_string(expected.at_least);
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
  out += "         " + filled_up("wanted", widest) + "  counted  when\n";
  for (const Judged& one : list)
    out += std::string(one.met() ? "  met    " : "  UNMET  ") + filled_up(wanted(one), widest) +
           "  " + filled_up(std::to_string(one.count), 7) + "  " + valid_utf8(one.when) + "  (" +
           place(one) + ")\n";
  return out;
}

std::string verdict_xml(const std::vector<Judged>& list, const CommandResult& command) {
  const std::size_t failures = unmet_in(list) + (command.code != 0 ? 1 : 0);
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f", command.seconds);
  std::string counts = " tests=\"" + std::to_string(list.size() + 1) + "\" failures=\"" +
                       std::to_string(failures) + "\" errors=\"0\" time=\"";
  counts += seconds;
  counts += '"';
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  out += counts + ">\n  <testsuite name=\"provider-emulator\"" + counts + ">\n";
  out += case_xml("command", command.line, "",
                  command.code == 0 ? "" : "ended with code " + std::to_string(command.code));
  for (const Judged& one : list)
    out += case_xml(
        one.scenario, one.when, place(one),
        one.met() ? "" : "wanted " + wanted(one) + ", counted " + std::to_string(one.count));
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace emulator
