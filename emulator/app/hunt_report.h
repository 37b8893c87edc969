#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/app/hunt_plan.h"
#include "emulator/base/json.h"

// What a hunt found: for a terminal, a browser, and a program.
namespace emulator::hunt {

// From the best to the worst.
enum class Verdict : std::uint8_t { kHeld, kTold, kBroke, kHung, kMisbehaved };
std::string_view to_string(Verdict verdict);
inline bool is_bad(Verdict verdict) { return verdict >= Verdict::kBroke; }

// A trial that is over.
struct Judgement {
  Trial trial;
  Verdict verdict = Verdict::kHeld;
  int code = 0;  // the command's
  double seconds = 0;
  Json findings = Json::array();  // as the control API has them
  std::string output;             // the end of what the command wrote
  std::string file;               // the scenario that repeats it, without its folder; "" for none
};

struct Hunt {
  std::string command;  // as it was typed
  std::string folder;
  std::string version;
  std::uint64_t seed = 0;
  double seconds = 0;
  std::size_t planned = 0;  // single outcomes
  bool cut_short = false;   // the budget was up, or somebody asked, before all of those were tried
  std::vector<Judgement> trials;  // the fair run first
};

// True when anything broke, hung or misbehaved.
bool found_anything(const Hunt& hunt);

Json report_json(const Hunt& hunt);
// One page, with nothing from elsewhere.
std::string report_html(const Hunt& hunt);
// A few lines for stderr: how many, and what to do about the bad ones.
std::string report_lines(const Hunt& hunt);
// The command line that repeats a trial.
std::string repeat_line(const Hunt& hunt, const Judgement& one);

}  // namespace emulator::hunt
