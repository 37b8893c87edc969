#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/body.h"
#include "emulator/task/task.h"

// Ids of endpoints.
namespace emulator::fal {

// The endpoint a task was made for: its own, or the generic one.
const contract::Endpoint& endpoint_of(const contract::Contract& contract, std::string_view id);

// True when the generic schema may answer for models of this kind (`model_kinds`; "" is unknown).
bool gives_pictures(std::string_view kind);

// An endpoint id in its parts. Ticket addresses keep only `base`: owner and app, with a namespace
// (workflows, comfy) before them.
struct AppPath {
  std::string base;  // "fal-ai/flux-pro"
  std::string app;   // "flux-pro"
  std::string path;  // "/v1.1-ultra", or ""
};
AppPath app_path(std::string_view endpoint);

// An endpoint id as requests write it: without slashes around it, and `12345-my-app` (the oldest
// form) as `12345/my-app`.
std::string clean_endpoint(std::string_view path);

}  // namespace emulator::fal
