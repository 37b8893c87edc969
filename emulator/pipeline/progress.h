#pragma once

#include <string>

#include "emulator/sandbox/sandbox.h"
#include "emulator/task/task.h"

// What clients do to a task, and how far it has come.
namespace emulator {

// The phase of a task in words, for the journal.
std::string phase_word(const TaskView& view);

// Somebody has asked for a task. Where its end waits for a poll of some number, this may be the one
// that shows it.
void count_poll(Sandbox& box, Task& task, Instant now);

// Ends a task that has not ended.
void cancel(Sandbox& box, Task& task, Instant now);

}  // namespace emulator
