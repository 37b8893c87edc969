#pragma once

#include <cstddef>
#include <memory>

#include "emulator/sandbox/exchange.h"

// Exchanges as bytes in one row: a journal holds thousands of them, and nearly all are let go
// without having been looked at. Everything is kept but the scenario, which is shared, and the
// number. Good within one run of the process only.
namespace emulator {

// With `reply`, its head and body are what is kept of the reply, and not what the exchange has.
std::size_t packed_size(const Exchange& exchange, const http::Reply* reply = nullptr);
// Writes exactly `packed_size` bytes.
void pack(const Exchange& exchange, char* to, const http::Reply* reply = nullptr);
std::shared_ptr<Exchange> unpacked(const char* from);

}  // namespace emulator
