#pragma once

#include <cstddef>

#include "emulator/contract/contract.h"
#include "emulator/webhook/message.h"

namespace emulator::webhook {

// How a provider delivers a body of that size, from these values of its contract:
//
//   webhook_schedule: [1s, 5s, { times: 3, wait: 30s }]       waits between attempts
//   webhook_schedule_large: { from: 10000, schedule: [...] }  for bodies of so many bytes or more
//   webhook_time_limits: [15s, 2m]      of each attempt; the last for all others
//   webhook_settled: [3xx, 410]         statuses after which nothing more is tried
//   webhook_redirects: 0                how many are followed
//
// Throws std::logic_error, naming the value, when one is malformed; more than 1,000 attempts are.
Rules rules_of(const contract::Contract& contract, std::size_t body_size);

}  // namespace emulator::webhook
