#pragma once

#include <optional>
#include <string>

#include "emulator/http/message.h"
#include "emulator/scenario/scenario.h"
#include "emulator/task/task.h"

namespace emulator {

// Why a request was refused, in the reply's own words: what stands under the names that providers
// use for it ("detail", "message", "error", ...), or an XML body's <Message>. At most 300 bytes,
// "" where there are none.
std::string reason_in(const http::Reply& reply);

// Why a link to a picture is dead, and for how long it has been: "the link died 10m ago".
std::string dead_link_words(const Task& task, const TaskView& view, Instant now,
                            const std::optional<scenario::LinkState>& scripted);

}  // namespace emulator
