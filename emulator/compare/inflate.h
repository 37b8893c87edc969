#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace emulator::compare {

// Undoes gzip, zlib and bare deflate, whichever it is. Never makes more than `limit` bytes. The
// failure says why not.
Result<std::string, std::string> inflated(std::string_view bytes, std::size_t limit);

}  // namespace emulator::compare
