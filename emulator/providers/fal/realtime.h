#pragma once

#include <string_view>

#include "emulator/pipeline/dialect.h"

// A model behind a WebSocket: inputs in, results out, as msgpack.
namespace emulator::fal {

// The reply that opens the connection. Every input is then done as a direct call of its own.
http::Reply realtime(const emulator::Dialect& dialect, const Call& call, Desk& desk);

// Whether `bytes` are one whole value of msgpack that nests no deeper than `depth`. Bounded in
// time and memory, whatever they are.
bool is_msgpack(std::string_view bytes, std::size_t depth = 100);

}  // namespace emulator::fal
