#pragma once

#include "emulator/base/json.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandbox.h"

// What the control API shows of the core, as JSON.
namespace emulator {

Json task_view(Registry& registry, const Task& task, Instant now);
// One line of the list of requests.
Json exchange_line(const Sandbox& box, const Exchange& exchange);
// The whole exchange and why it was answered so. Credentials are masked.
Json exchange_view(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline);
// "default-17"
std::string exchange_id(const Sandbox& box, const Exchange& exchange);

}  // namespace emulator
