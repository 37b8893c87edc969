#pragma once

#include "emulator/http/message.h"

namespace emulator::control {

// Whether a person reads the answer: `?pretty`, or a client that people type (curl, wget, HTTPie, a
// browser's address bar) without `?pretty=false`.
bool wants_pretty(const http::Request& request);

// Breaks JSON of up to 256 KiB into lines with two blanks for each depth; short lists and objects
// stay on a line. What is no JSON stays as it is.
void make_pretty(http::Reply& reply);

}  // namespace emulator::control
