#pragma once

#include <string>
#include <vector>

#include "emulator/config/serve_config.h"
#include "emulator/http/client.h"
#include "emulator/webhook/courier.h"

namespace emulator {

// What the client that delivers webhooks may do.
http::ClientOptions client_options(const ServeConfig& config);

// What is left at the end, a line each; empty when nothing is.
std::vector<std::string> undelivered(const webhook::Courier& courier);

}  // namespace emulator
