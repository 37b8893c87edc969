#pragma once

#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/contract/contract.h"
#include "emulator/task/task.h"

// What both protocols say of a task. Pure.
namespace emulator::vtrix {

// The protocol a task was submitted by.
std::string protocol_of(const Task& task);

// Why a task ended without a picture.
struct Reason {
  Json code;  // usually a text of nine digits
  std::string message;
  std::string type;  // error_type of the queue protocol
};
Reason reason_of(const contract::Contract& contract, const Task& task, const TaskView& view);

// As Go prints a number: without a fraction when there is none.
Json plain_number(double value);

// From the beginning to the end of the work.
Json seconds_of_work(const TaskView& view);

// An id of that form: "ulid" (lower case), "xid", "hex" (32 digits), else a random UUID.
std::string id_of(std::string_view form, Draw& draw, Instant now);
// What an error names the request by.
std::string request_id(const contract::Contract& contract, Draw& draw, Instant now);

}  // namespace emulator::vtrix
