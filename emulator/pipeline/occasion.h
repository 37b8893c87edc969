#pragma once

#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/scenario/decide.h"

namespace emulator {

// What a scenario is asked about. Views; nothing is kept.
struct Subject {
  std::string_view endpoint;
  std::string_view prompt;
  const Json* input = nullptr;  // of a submission, with defaults; else null
};
// Null for a request about no task.
Subject subject_of(const Task* task);
Subject subject_of(const Submission& submission);

// The request as a scenario's conditions look at it, in the call's sandbox. `provider` is its name.
scenario::Occasion occasion_of(const Call& call, std::string_view provider, const Subject& subject);

}  // namespace emulator
