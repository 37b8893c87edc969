#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"

// A request in fal's queue, as its ticket and its status show it.
namespace emulator::fal {

// "/fal-ai/flux-pro/requests/<id>": what follows owner and app in the endpoint's id is left out.
std::string ticket_path(const Task& task);

// How many requests are ahead, as far as the waiting time says.
std::int64_t queue_position(const contract::Contract& contract, const Task& task, Instant now);

// The answer to a submission, as JSON text.
std::string ticket(const Call& call, const contract::Contract& contract, const Task& task,
                   const TaskView& view);

// Whether a status request asks for log lines.
bool wants_logs(const Call& call);

// The body of a status, as JSON text. With `logs`, the lines from number `first` on.
std::string status_body(const Call& call, const contract::Contract& contract, const Task& task,
                        const TaskView& view, bool logs, std::size_t first = 0);

// How many lines there are by now; what `first` of the next event is.
std::size_t log_lines(const contract::Contract& contract, const Task& task, const TaskView& view);

// When the status next changes by itself, apart from beginning and end of the work.
std::optional<Instant> next_change(const contract::Contract& contract, const Task& task,
                                   const TaskView& view, bool logs);

}  // namespace emulator::fal
