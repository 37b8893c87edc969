#include "tests/support/page.h"

#include <doctest.h>

#include <sstream>

namespace emulator::test {
namespace {

bool same_text(const std::string& shown, const std::string& got) {
  const auto dots = shown.find("...");
  return dots == std::string::npos ? shown == got : got.starts_with(shown.substr(0, dots));
}

}  // namespace

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> out;
  std::istringstream lines(page);
  std::string line, heading;
  bool inside = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) out.push_back({heading, number, line.substr(3), ""});
    } else if (inside) {
      out.back().text += line + "\n";
    } else if (line.starts_with("#")) {
      heading = line.substr(line.find_first_not_of("# "));
    }
  }
  return out;
}

void compare(const Json& shown, const Json& got, const std::string& at) {
  CAPTURE(at);
  if (shown.is_object()) {
    REQUIRE(got.is_object());
    for (const auto& [key, value] : shown.items()) {
      const auto& this_key = key;
      CAPTURE(this_key);
      REQUIRE(got.contains(key));
      compare(value, got[key], at + "." + key);
    }
  } else if (shown.is_array()) {
    REQUIRE(got.is_array());
    CHECK(got.size() == shown.size());
    for (std::size_t i = 0; i < shown.size() && i < got.size(); ++i)
      compare(shown[i], got[i], at + "[" + std::to_string(i) + "]");
  } else if (shown.is_string()) {
    REQUIRE(got.is_string());
    CAPTURE(got);
    CHECK(same_text(shown.get<std::string>(), got.get<std::string>()));
  } else {
    CHECK(shown == got);
  }
}

void compare(const std::string& shown, const std::string& got) {
  std::istringstream wanted(shown), lines(got);
  std::string want, line;
  bool skipping = false;
  while (std::getline(wanted, want)) {
    if (want.empty()) continue;
    if (want.find_first_not_of(" .") == std::string::npos) {
      skipping = true;
      continue;
    }
    bool found = false;
    while (!found && std::getline(lines, line)) {
      if (line.empty()) continue;
      found = line == want;
      if (!skipping) break;
    }
    CAPTURE(want);
    CAPTURE(line);
    CHECK(found);
    skipping = false;
  }
}

}  // namespace emulator::test
