#pragma once

#include <string>

#include "emulator/pipeline/dialect.h"

// What a model of fal's answers.
namespace emulator::fal {

// The address of picture `index` for this caller.
std::string file_link(const emulator::Dialect& dialect, const Call& call, const Task& task,
                      int index);

// The result of a task that was made, with its headers.
http::Reply result_of(const emulator::Dialect& dialect, const Call& call, const Task& task,
                      const TaskView& view);

// The body of the above; `preview` (from 0) gives an event of an output stream before the last:
// smaller pictures, inline.
Json output_of(const emulator::Dialect& dialect, const Call& call, const Task& task,
               const TaskView& view, std::optional<int> preview = std::nullopt);

// "/files/b/0aa27b79/OsiM012ybgyaMyimaZtHJ.png".
std::string file_path(const contract::Contract& contract, const Sandbox& box, const Task& task,
                      int index);

// A new path for a file that a client uploads under `name`.
std::string upload_path(const contract::Contract& contract, Draw& draw, std::string_view name);

// Whether a picture counts as flagged: not when the caller turned the checker off.
bool is_flagged(const contract::Contract& contract, const Task& task, int index);

}  // namespace emulator::fal
