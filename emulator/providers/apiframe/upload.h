#pragma once

#include <string>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::apiframe {

// POST /v2/uploads, by a caller whose key is good: keeps the file and tells its address, or says
// why not. The refusal's texts are the contract's.
Result<Json, Refusal> take_upload(const Call& call, Desk& desk, std::uint16_t provider,
                                  const contract::Contract& contract);

// "image/png", "video/mp4", "audio/mpeg", ... from a file's first bytes; "" for other files.
std::string media_type(std::string_view file);

}  // namespace emulator::apiframe
