#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::vtrix {

// The two protocols of the gateway, told apart by path. Kept with each task as its note's
// `protocol`.
inline constexpr std::string_view kGeneration = "generation";
inline constexpr std::string_view kQueue = "queue";

// True when the call is one of the queue protocol.
bool is_queue(const Call& call);

// Reads a submission of either protocol. A refusal's `args` lack the request id.
Result<Submission, Refusal> read_submission(const Call& call, const contract::Contract& contract);

}  // namespace emulator::vtrix
