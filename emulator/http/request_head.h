#pragma once

#include <string>

#include "emulator/http/client.h"

namespace emulator::http {

// The head of a request as it is sent, its blank line included. `late`: the value of `Post::late`.
std::string request_head(const Post& post, const std::string& late);

}  // namespace emulator::http
