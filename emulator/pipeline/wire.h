#pragma once

#include <string>
#include <string_view>

#include "emulator/base/random.h"
#include "emulator/http/message.h"
#include "emulator/scenario/scenario.h"

// What `wire` of a scenario makes of a reply: bytes changed here, or a fault for the server.
namespace emulator {

std::string_view to_string(scenario::Wire::Kind kind);

// True for faults that keep the request from being worked on at all.
bool before_work(scenario::Wire::Kind kind);

// Changes `reply` so that the client meets `wire`. `draw` makes the garbage. Returns "" or, where
// it has no meaning for this reply and was left out, why.
std::string apply_wire(const scenario::Wire& wire, Draw draw, http::Reply& reply);

// The text with every closing brace at the end of a line, and at its own end, turned into a comma:
// JSON, and server-sent events that carry some, that no parser takes.
std::string bad_json(std::string text);

}  // namespace emulator
