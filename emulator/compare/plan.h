#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "emulator/compare/recording.h"
#include "emulator/compare/stage.h"
#include "emulator/pipeline/registry.h"

namespace emulator::compare {

// One recorded request, as far as it is understood before it is sent again.
struct Step {
  const Recorded* recorded = nullptr;
  Duration at{0}, took{0};  // since the first request
  std::optional<std::uint16_t> provider;
  On on = On::kAccount;
  std::string addressed;          // the id of the task it asks for, theirs
  std::optional<std::size_t> of;  // the submission of that task, by place in the list
  std::string then, story;        // what is to be done with it; "" as by default
  bool without_key = false;       // the recorded request was refused for having none
  bool open = false;              // the task had not ended
};

// The steps of a recording in the order of their requests, and which task each is about.
std::vector<Step> steps_of(const Recording& recording, Registry& registry);

// Finds out what happened to each task and which requests were refused, by trying on a stage of
// their own which story makes our answers most like the recorded ones.
void fit(std::vector<Step>& steps, Registry& registry, ScenarioLibrary& library);

}  // namespace emulator::compare
