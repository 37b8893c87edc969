#pragma once

#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"
#include "emulator/task/task.h"

// What polls and webhooks word alike.
namespace emulator::bfl {

// Unix seconds with five decimals, as recorded results have them.
double recorded_seconds(Instant at);

// True for a task that was accepted with a picture it cannot use, and fails for it.
bool failed_from_the_start(const Task& task);

// What such a task fails with; else the message a scenario chose for the ending, or `fallback`.
std::string scripted_message(const contract::Contract& contract, const Task& task,
                             std::string_view fallback);

}  // namespace emulator::bfl
