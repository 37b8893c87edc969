#pragma once

#include <string>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

// The legacy API v1, as far as apiframe-js and the pages on FLUX need it.
namespace emulator::apiframe {

// True for a call of the legacy API.
bool is_legacy(const Call& call);

Result<Submission, Refusal> read_legacy(const Call& call, const contract::Contract& contract);

// A refusal of the legacy form, {"errors":[{"msg"}]}.
Refusal legacy_refusal(std::string message);

// What /fetch says of a task. `links` as for `job_body`.
Json legacy_body(const contract::Contract& contract, const Task& task, const TaskView& view,
                 const std::vector<std::string>& links);

// The ids /fetch-many asks for, or what is wrong with the body.
Result<std::vector<std::string>, Refusal> many_ids(const Call& call,
                                                   const contract::Contract& contract);

}  // namespace emulator::apiframe
