#pragma once

#include "emulator/pipeline/dialect.h"

// Server-sent events: the status of a request in the queue, and the output of a direct call.
namespace emulator::fal {

// The head of either stream.
http::Reply stream_head();

// One status object at once, and one whenever it changes; log lines only once each.
Piece status_event(const emulator::Dialect& dialect, const Call& call, const Task& task,
                   const TaskView& view, Json& kept);

// Previews while the work goes on, then the result (or the body of the error).
Piece output_event(const emulator::Dialect& dialect, const Call& call, const Task& task,
                   const TaskView& view, Json& kept);

}  // namespace emulator::fal
