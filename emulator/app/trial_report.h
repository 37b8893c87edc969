#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/app/verdict.h"
#include "emulator/base/json.h"
#include "emulator/judge/judge.h"

// What `run` tells `hunt` of one trial, in a file.
namespace emulator {

struct TrialEnd {
  int code = 0;         // the command's
  std::string problem;  // why it could not be started; "" when it could
  double seconds = 0;
};

Json trial_json(const TrialEnd& end, const judge::Judge::Report& findings,
                const std::vector<std::pair<std::string, judge::Met>>& met);

}  // namespace emulator
