#pragma once

#include <optional>

#include "emulator/pipeline/dialect.h"

// Uploads to fal's file store: links for browsers, tokens for Python, in one piece or in parts.
namespace emulator::fal {

// The answer to a storage call; nullopt when `call` is none.
std::optional<http::Reply> storage_reply(const emulator::Dialect& dialect, const Call& call,
                                         Desk& desk);

}  // namespace emulator::fal
