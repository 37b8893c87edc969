#pragma once

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// Which of the documented forms of a prediction is meant.
enum class Form {
  kSubmit,   // answer to a submission: created_at in milliseconds
  kResult,   // answer to a poll: created_at in nanoseconds
  kHistory,  // an item of the list: without has_nsfw_contents
  kWebhook,  // a callback: the members of 2025, without code
};

// The object under `data` that describes a task in the form that the contract's response_profile
// asks for. `call` gives the origin of links and the version of the API.
Json prediction(const emulator::Dialect& dialect, const Call& call, const Sandbox& box,
                const Task& task, const TaskView& view, Form form);

// What a submission in sync mode is told when the task takes longer than the wait.
Json still_processing(const emulator::Dialect& dialect, const Call& call, const Task& task);

// `data.status` for a task.
std::string_view status_of(const contract::Contract& contract, const Task& task,
                           const TaskView& view);

// Whole numbers without a point, others rounded to a millionth, as the API prints amounts.
Json amount(double value);

}  // namespace emulator::wavespeed
