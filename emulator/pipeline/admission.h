#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "emulator/pipeline/dialect.h"
#include "emulator/scenario/scenario.h"

// Whether an account may submit: repeat keys, credits, limits. Of the emulator's worlds only the
// one sandbox is looked at.
namespace emulator {

// What an account has at the start: what its key says, else what the scenario does, else what the
// contract does; 0 where nobody says.
double credits_at_start(std::optional<double> of_key, const scenario::Scenario& scenario,
                        const contract::Contract& contract);

// What an account may when it submits.
struct Allowance {
  double credits = 0;                      // left
  std::optional<std::size_t> unfinished;   // tasks of all endpoints that may be unfinished
  std::optional<std::size_t> of_endpoint;  // the same of the endpoint that is asked for
  bool counts = false;  // unfinished tasks are counted, whether this endpoint is limited or not
  AccountLimits limits;
};
// `limits` as the account has them.
Allowance allowance_of(const contract::Contract& contract, const Submission& submission,
                       double credits, AccountLimits limits);

// The submission may become a task.
struct Admitted {};
// Its key was used before: that task is the answer, and nothing is made or charged.
struct Repeated {
  Task* task = nullptr;  // of the sandbox
};
using Admission = std::variant<Admitted, Repeated, Refusal>;

// The task of that id in the account's own sandbox; null when it is gone.
using OwnTask = std::function<Task*(const std::string& id)>;

// Changes nothing but that books about tasks that have ended are closed.
Admission admit(const Submission& submission, const Allowance& allowance, Sandbox& box,
                std::uint16_t provider, Instant now, const OwnTask& own_task);

// The admitted submission has become `task`: it takes its place, is charged and counted, and its
// repeat key is remembered.
void enter(Sandbox& box, Task& task, const Submission& submission, const Allowance& allowance);

}  // namespace emulator
