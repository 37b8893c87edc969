#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/pipeline/dialect.h"

// What a body sent to BFL asks for, checked as its framework (FastAPI over pydantic 2) does it.
namespace emulator::bfl {

// Why the body cannot be read as JSON at all; nullopt when it can.
std::optional<Refusal> body_refusal(const Call& call);

// The endpoint a submission is for; nullptr when there is none of that name.
const contract::Endpoint* endpoint_of(const Call& call, const contract::Contract& contract);

// The submission, or every violation. The endpoint must exist.
Result<Submission, Refusal> read_submission(const Call& call, const contract::Contract& contract);

// A body checked against fields of its own.
Result<Json, Refusal> validated(const Call& call, const std::vector<contract::Field>& fields,
                                bool closed = false);

// True when the account trained the finetune, or the contract says that everybody has it.
bool knows_finetune(const Call& call, const contract::Contract& contract, const std::string& id);

// `{"detail": [...]}` for a query parameter that is not there.
Json missing_parameter(std::string_view name);

// What the framework says of an input that a validator of its own refuses with `text`: of the body,
// or of the parameter a GET has.
Json invalid_detail(const Call& call, std::string_view text);

// Bodies of the calls that are no submissions.
const std::vector<contract::Field>& finetune_id_fields();
const std::vector<contract::Field>& finetune_fields();
const std::vector<contract::Field>& usage_fields();

}  // namespace emulator::bfl
