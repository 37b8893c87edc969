#pragma once

#include <string>
#include <vector>

#include "emulator/compare/replay.h"
#include "emulator/compare/secrets.h"

namespace emulator::compare {

// One file, compared.
struct Compared {
  const Recording* recording = nullptr;
  std::vector<Outcome> outcomes;
};

// What is not to be told: a class ("order"), a glob over paths ("/timings/*", "header:x-*"), or
// both
// ("value:/cost").
struct Ignored {
  std::string kind, path;  // "" for any
};
// "" or why the text is none.
std::string ignored_problem(const std::string& text);
Ignored ignored_of(const std::string& text);
void leave_out(std::vector<Outcome>& outcomes, const std::vector<Ignored>& ignored);

struct Totals {
  std::size_t files = 0, exchanges = 0, same = 0, different = 0, skipped = 0, unread = 0;
};
Totals totals_of(const std::vector<Compared>& all);

// The report for people, its last line the sum; and the same for programs, every difference of it.
// No secret is in either.
std::string report_text(const std::vector<Compared>& all, const Secrets& secrets);
std::string report_json(const std::vector<Compared>& all, const Secrets& secrets);

}  // namespace emulator::compare
