#pragma once

#include <optional>

#include "emulator/pipeline/dialect.h"

// Calls about the account: its balance as the dashboard asks for it, and the platform API.
namespace emulator::fal {

// The answer to such a call; nullopt when `call` is none.
std::optional<http::Reply> account_reply(const emulator::Dialect& dialect, const Call& call,
                                         Desk& desk);

// True when the account cannot pay, and fal therefore takes no uploads either.
bool uploads_refused(const contract::Contract& contract, const Call& call, Desk& desk);

}  // namespace emulator::fal
