#pragma once

#include "emulator/base/random.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/trace.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// What becomes of a submission, and why.
struct FateAndTrace {
  Fate fate;
  Trace trace;
};

// `then` is what was decided for the submission, `defaults` those of its scenario; `link_life` is
// how long the provider's links are good for where neither says. What the provider cannot do is
// left out, and noted. A pure function.
FateAndTrace fate_of(scenario::Then then, const scenario::Then& defaults,
                     const Submission& submission, const contract::Contract& contract,
                     Duration link_life, Draw draw);

}  // namespace emulator
