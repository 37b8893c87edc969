#pragma once

#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"

// What a body sent to a model of fal's asks for.
namespace emulator::fal {

// Which way a task came in; kept as the first entry of its note.
inline constexpr std::string_view kByQueue = "queue";
inline constexpr std::string_view kByRun = "run";
inline constexpr std::string_view kByStream = "stream";

bool came_by_queue(const Task& task);

// A queue takes anything: what is wrong with a body then shows as the result (Submission::doomed).
// A direct call is refused at once, with `Refusal::reply`.
Result<Submission, Refusal> read_submission(const Call& call, const contract::Contract& contract);

}  // namespace emulator::fal
