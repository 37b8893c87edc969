#pragma once

#include "emulator/pipeline/dialect.h"

// Calls about the account: its balance as the dashboard asks for it, and the platform API.
namespace emulator::fal {

http::Reply balance_reply(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply prices_reply(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply billing_reply(const emulator::Dialect& dialect, const Call& call, Desk& desk);

// True when the account cannot pay, and fal therefore takes no uploads either.
bool uploads_refused(const contract::Contract& contract, const Call& call, Desk& desk);

}  // namespace emulator::fal
