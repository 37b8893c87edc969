#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/compare/difference.h"
#include "emulator/compare/recording.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/library.h"

namespace emulator::compare {

// What became of one recorded exchange.
struct Outcome {
  const Recorded* theirs = nullptr;  // lives with the recording
  std::string provider, route, endpoint;
  On on = On::kAccount;
  std::string skipped;  // why it was not compared; "" where it was
  std::vector<Difference> differences;
  Duration at{0};        // of the request, since the first one
  std::string then;      // what our emulator was told to do with it, as a scenario says it
  std::string story;     // the same, with the error texts of the recording
  bool decided = false;  // a scenario's rules are asked about it
  // Only when they are asked for: the request as it was sent again, and our answer.
  std::optional<http::Request> asked;
  std::optional<http::Reply> ours;
};

struct ReplayOptions {
  bool keep_replies = false;
  bool even_fraction = false;  // times begin at a whole second
};

// Answers the recorded requests in their order, on a clock that follows the recording and with
// tasks that fare as the recorded ones did, and compares. `registry` has the recording's contracts
// laid over it. The failure is one line: a fixture's scenario that cannot be read.
Result<std::vector<Outcome>, std::string> replay(const Recording& recording, Registry& registry,
                                                 ScenarioLibrary& library,
                                                 const ReplayOptions& options = {});

}  // namespace emulator::compare
