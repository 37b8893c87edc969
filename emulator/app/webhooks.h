#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/config.h"
#include "emulator/http/server.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/courier.h"

// How the parts that deliver webhooks are put together.
namespace emulator {

http::ClientOptions client_options(const ServeConfig& config);

std::unique_ptr<webhook::Courier> make_courier(const ServeConfig& config, Sandboxes& sandboxes,
                                               http::Client& client, Loop& loop);

// Lets the sandboxes ask the courier, once there is one, about what is under way.
void ask_courier(Sandboxes::Options& boxes, const std::unique_ptr<webhook::Courier>& courier);

// What is left at the end, a line each; empty when nothing is.
std::vector<std::string> undelivered(const webhook::Courier& courier);

}  // namespace emulator
