#pragma once

#include <string>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

// The queue protocol's words. Pure.
namespace emulator::vtrix {

// Id of a request in the form the contract has: `mmsu_` and a ULID whose time is `now`.
std::string queue_id(const contract::Contract& contract, Draw& draw, Instant now);

http::Reply queue_accepted(const contract::Contract& contract, const Call& call, const Task& task);
http::Reply queue_status(const contract::Contract& contract, const Call& call, const Task& task,
                         const TaskView& view);
// The result; `link` is that of the picture, when there is one.
http::Reply queue_result(const contract::Contract& contract, const Call& call, const Task& task,
                         const TaskView& view, const std::string& link);
http::Reply queue_cancelled(const contract::Contract& contract, const TaskView& view);

}  // namespace emulator::vtrix
