#pragma once

#include "emulator/http/message.h"
#include "emulator/scenario/facts.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// Changes a worded reply as a scenario says. `fact` tells what its texts name.
void apply_change(const scenario::ReplyChange& change, const scenario::FactOf& fact,
                  http::Reply& reply);

}  // namespace emulator
